"""Requests told twice are answered once: keys, and the answers that are kept under them."""
