"""What people remember, item by item."""
