"""What one seller owes one buyer."""
