"""Hand-overs by seller and buyer themselves: no network, a proof and a confirmation."""
