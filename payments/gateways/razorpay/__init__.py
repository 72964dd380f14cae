"""Razorpay behind the contract."""
