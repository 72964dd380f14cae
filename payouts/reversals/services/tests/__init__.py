"""Tests of what happens to reversals."""
