"""Tests of payments.reviews."""
