"""Dates and times for readers of English."""
