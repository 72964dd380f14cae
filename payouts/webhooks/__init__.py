"""One translation per event type of a rail."""
