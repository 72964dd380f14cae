"""One verb per file: request, allocate, send, record, ask."""
