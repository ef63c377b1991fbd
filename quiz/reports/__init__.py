"""What coordinators see of their agency."""
