"""Accounts: workspaces and the keys that speak for them."""
