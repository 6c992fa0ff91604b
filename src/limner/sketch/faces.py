"""One friendly face for everybody: dark eyes with a glint, rosy cheeks, a small smile."""

from limner.sketch.colours import BLUSH, INK, WHITE, Colour
from limner.sketch.pen import Pen


def eye(pen: Pen, x: float, y: float, size: float, ink: Colour = INK) -> None:
    pen.oval(x, y, size * 0.82, size, ink)
    pen.disc(x - size * 0.25, y - size * 0.38, size * 0.34, WHITE)
    pen.disc(x + size * 0.28, y + size * 0.38, size * 0.16, WHITE)


def eyes(pen: Pen, y: float, apart: float, size: float, *, x: float = 0.0) -> None:
    eye(pen, x - apart, y, size)
    eye(pen, x + apart, y, size)


def cheeks(pen: Pen, y: float, apart: float, size: float, *, x: float = 0.0) -> None:
    pen.oval(x - apart, y, size, size * 0.68, BLUSH)
    pen.oval(x + apart, y, size, size * 0.68, BLUSH)


def smile(pen: Pen, x: float, y: float, size: float, ink: Colour = INK) -> None:
    arc = [(x - size, y), (x - size * 0.5, y + size * 0.55), (x, y + size * 0.7)]
    pen.stroke([*arc, (x + size * 0.5, y + size * 0.55), (x + size, y)], size * 0.24, ink)


def snout(pen: Pen, y: float, size: float, nose: Colour = INK) -> None:
    """Nose and the two arcs of a cat's or a dog's mouth."""
    for side in (-1, 1):
        arc = [(0, y + size * 0.4), (side * size * 0.3, y + size * 1.05)]
        pen.stroke([*arc, (side * size * 1.0, y + size * 0.8)], size * 0.2, INK)
    pen.blob(
        [(-size * 0.62, y - size * 0.3), (size * 0.62, y - size * 0.3), (0, y + size * 0.5)], nose
    )
