"""Connect in the sandbox: connected accounts, what is transferred to them, and what they pay out to their banks."""
