"""Lessons, and what each person has read."""
