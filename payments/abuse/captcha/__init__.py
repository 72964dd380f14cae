"""Proof that a person is there, by a service that knows how to tell."""
