"""Credits: what a workspace has, what is held, what was spent, and a line for every move."""
