"""Tests of payments.escrow."""
