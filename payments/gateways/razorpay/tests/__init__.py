"""Tests of payments.gateways.razorpay."""
