"""Everything that happens to a payout, one verb a module."""
