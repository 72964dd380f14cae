"""Tests of payments.reviews.services."""
