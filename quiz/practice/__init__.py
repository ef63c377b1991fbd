"""Practice: by lesson, path or cluster, the review of the day, the tests of a course."""
