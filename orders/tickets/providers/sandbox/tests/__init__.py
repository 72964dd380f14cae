"""Tests of the adapter of our sandbox."""
