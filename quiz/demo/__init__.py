"""The demonstration province: real units, invented people and scores."""
