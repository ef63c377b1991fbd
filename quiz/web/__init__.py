"""What every room borrows: forms, guards, errors, formatting."""
