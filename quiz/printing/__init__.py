"""What is drawn as PDF."""
