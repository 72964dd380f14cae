"""Tests of Connect in the sandbox."""
