"""Tests of payouts.rails."""
