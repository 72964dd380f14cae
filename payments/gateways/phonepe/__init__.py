"""PhonePe behind the contract."""
