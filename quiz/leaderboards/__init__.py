"""Where agencies and people stand."""
