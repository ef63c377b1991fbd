"""Ranked quizzes: their rules and their lives."""
