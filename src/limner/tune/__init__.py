"""Tune plays what a sentence says with a handful of oscillators: no network, no weights."""
