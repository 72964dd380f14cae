"""Tests of money that payees kept."""
