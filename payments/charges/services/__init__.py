"""One verb per file: start, record, capture, close, ask."""
