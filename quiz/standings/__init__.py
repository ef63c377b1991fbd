"""How people and agencies stand: the sums that boards are read from."""
