"""Tests of the rail that is a person."""
