"""Tests of payments.disputes."""
