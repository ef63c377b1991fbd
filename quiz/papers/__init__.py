"""Frozen papers: which versions of which items an attempt saw, and how they were laid out."""
