"""What payees owe us, and how a debt ends without their earnings: repaid, or written off, by two people."""
