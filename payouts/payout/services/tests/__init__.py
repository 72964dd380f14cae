"""Tests of what happens to a payout."""
