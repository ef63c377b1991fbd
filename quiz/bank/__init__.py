"""The question bank for those who keep it: browsing, previewing, comparing."""
