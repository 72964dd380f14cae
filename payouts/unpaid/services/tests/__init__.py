"""Tests of what is done about money that waits for its payee."""
