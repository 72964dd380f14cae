"""Tests of reversals."""
