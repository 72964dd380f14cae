"""Money that a gateway pays out to our bank account, and takes from it."""
