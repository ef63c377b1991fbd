"""The journal of saves: what the server acknowledged, and what it refused."""
