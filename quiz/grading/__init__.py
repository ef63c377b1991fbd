"""The end of attempts: closed, graded, swept."""
