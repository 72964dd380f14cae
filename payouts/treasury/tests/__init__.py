"""Tests of money moved to floats."""
