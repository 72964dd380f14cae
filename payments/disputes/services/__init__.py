"""One verb per file: observe, lose and make good, answer, accept, remind."""
