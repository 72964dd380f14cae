"""Tests of payouts.payout."""
