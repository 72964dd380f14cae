"""Money out, to sellers and scouts."""
