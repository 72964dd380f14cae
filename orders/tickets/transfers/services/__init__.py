"""Verbs of transfers: start, send, take back, follow, settle, and what seller and buyer say by hand."""
