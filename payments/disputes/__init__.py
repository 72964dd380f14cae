"""Money that a buyer's bank takes back."""
