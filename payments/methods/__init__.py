"""Ways to pay that a customer saved."""
