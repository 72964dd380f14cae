"""Tests of payments.charges."""
