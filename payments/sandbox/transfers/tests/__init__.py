"""Tests of the transfer provider."""
