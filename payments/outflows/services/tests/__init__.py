"""Tests of payments.outflows.services."""
