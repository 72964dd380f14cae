"""Tests across the payments app."""
