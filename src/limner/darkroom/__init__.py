"""Finished pictures in another format than they came in; nothing of what they show changes."""
