"""Event tickets in custody: what the seller hands over, and to whom it was handed."""
