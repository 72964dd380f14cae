"""The operator site over real money: pages, acts, replays, and a browser."""
