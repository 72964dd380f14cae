"""One contract for every gateway, and an adapter for each."""
