"""Tests of the file for the bank."""
