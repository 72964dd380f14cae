"""Tests of the sandbox's RazorpayX."""
