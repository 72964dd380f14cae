"""RazorpayX in the sandbox: contacts, fund accounts, payouts and the account that they are drawn on."""
