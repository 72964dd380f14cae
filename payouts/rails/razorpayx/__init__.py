"""RazorpayX behind the rails' contract."""
