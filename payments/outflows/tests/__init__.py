"""Tests of payments.outflows."""
