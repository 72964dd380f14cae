"""One measurement each: prepare, run, and say what came out."""
