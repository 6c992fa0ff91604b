"""Webhooks: what happened is told to whoever asked to be told, at least once, signed."""
