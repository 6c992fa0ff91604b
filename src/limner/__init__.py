"""limner: one API for every image model, with keys, credits and pictures that last."""

__version__ = "0.1.0"
