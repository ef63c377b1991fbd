"""Faults to survive: real servers and databases, killed, starved and cut off under load."""
