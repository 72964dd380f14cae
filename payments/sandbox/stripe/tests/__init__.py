"""Tests of the sandbox's Stripe, driven over HTTP by the vendor's own SDK."""
