"""Tests of what happens to payees."""
