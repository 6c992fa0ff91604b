"""The catalog: every model as data, read once at start and checked like code."""
