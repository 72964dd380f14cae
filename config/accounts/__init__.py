"""People who sign in, what their roles allow, their tokens and their API keys."""
