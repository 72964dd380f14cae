"""Tests of the rail over Stripe Connect."""
