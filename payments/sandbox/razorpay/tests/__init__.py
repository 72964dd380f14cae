"""Tests of payments.sandbox.razorpay."""
