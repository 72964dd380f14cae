"""Tests of hand-overs by hand."""
