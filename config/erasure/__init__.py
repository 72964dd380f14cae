"""People who ask to be forgotten, and what that waits for."""
