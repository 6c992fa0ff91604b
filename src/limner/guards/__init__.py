"""Guards: what a workspace does not want asked for, or shown."""
