"""The seeded demo of money out: payees, a float, a run and payouts in several states."""
