"""What one person proposes and another decides: the row, its life, the decision, and its two acts."""
