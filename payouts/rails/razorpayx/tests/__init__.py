"""Tests of RazorpayX behind the rails' contract."""
