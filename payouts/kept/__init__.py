"""Money that a payout left in the payee's account, and that two people say the payee has."""
