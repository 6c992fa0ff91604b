"""Backup and restore: one file that a limner is made of again, taken while it works."""
