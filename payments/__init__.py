"""Money in, money back, the ledger and escrow."""
