"""What is kept back from payees against what may yet be taken back from them."""
