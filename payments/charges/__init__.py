"""Money in: payments and the movements they cause."""
