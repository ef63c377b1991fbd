"""What the database holds about me."""
