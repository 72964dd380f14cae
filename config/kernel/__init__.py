"""Pure Python that every room may use: money, states, errors, backoff, ids, clock."""
