"""A fake Razorpay behind its own wire protocol."""
