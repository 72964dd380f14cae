"""What is done about gateways' health."""
