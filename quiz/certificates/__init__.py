"""Certificates: issued to those who pass, checked by everybody."""
