"""The drill of payouts: faults on the sandbox's RazorpayX, and the proof that nobody was paid twice or not at all."""
