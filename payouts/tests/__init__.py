"""Tests of money out."""
