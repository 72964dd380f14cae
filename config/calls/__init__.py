"""The journal of calls that change something outside."""
