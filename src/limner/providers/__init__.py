"""Providers: services that draw, each spoken to by one module."""
