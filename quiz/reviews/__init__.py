"""What trainers see of scores."""
