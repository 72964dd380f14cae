"""Tests of the demo of money out."""
