"""Sketch draws what a sentence says with curves and gradients: no network, no weights."""
