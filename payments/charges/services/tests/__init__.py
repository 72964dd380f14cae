"""Tests of the verbs of charging."""
