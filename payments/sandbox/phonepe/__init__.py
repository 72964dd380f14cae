"""PhonePe in the sandbox: Standard Checkout v2, its refunds and its webhooks."""
