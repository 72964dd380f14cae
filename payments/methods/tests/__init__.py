"""Tests of payments.methods."""
