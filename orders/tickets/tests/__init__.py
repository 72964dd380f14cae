"""Tests of tickets in custody."""
