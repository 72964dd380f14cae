"""What is done about suspicions."""
