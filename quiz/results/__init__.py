"""What may be read of finished attempts, and proof that their scores are right."""
