"""Tests of the drill of payouts."""
