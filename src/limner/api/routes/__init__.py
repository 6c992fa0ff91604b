"""One module per resource: parse, call, answer."""
