"""Plans: credits that a workspace is given every month, and what becomes of unused ones."""
