"""Tests of the verbs of tickets."""
