"""Tests of the local platform, with real processes."""
