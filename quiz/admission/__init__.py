"""Admission: who may begin an attempt, and its beginning."""
