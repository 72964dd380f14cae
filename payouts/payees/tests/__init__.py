"""Tests of payouts.payees."""
