"""Passwords and their hashing."""
