"""Where one thing can be put on, in or under another, in the other's own square."""

from typing import NamedTuple


class Seat(NamedTuple):
    """Feet stand at (`x`, `y`); y points down, and a guest of equal size is drawn at `scale`."""

    y: float
    x: float = 0.0
    scale: float = 0.62


SEATS: dict[str, Seat] = {
    "sofa": Seat(0.36, 0.2, 0.74),
    "chair": Seat(0.2, 0.0, 0.72),
    "table": Seat(-0.06, 0.0, 0.62),
    "house": Seat(-0.74, 0.0, 0.4),
    "boat": Seat(0.44, -0.5, 0.46),
    "car": Seat(-0.36, -0.06, 0.6),
    "bus": Seat(-0.54, 0.0, 0.6),
    "train": Seat(-0.72, -0.42, 0.5),
    "book": Seat(0.1, 0.0, 0.6),
    "gift": Seat(-0.4, 0.0, 0.6),
    "hat": Seat(-0.66, 0.0, 0.6),
    "mushroom": Seat(-0.74, 0.0, 0.55),
    "turtle": Seat(-0.34, 0.06, 0.55),
    "snail": Seat(-0.4, 0.16, 0.5),
    "whale": Seat(-0.28, 0.1, 0.5),
    "bicycle": Seat(-0.32, -0.2, 0.62),
    "cup": Seat(-0.22, 0.0, 0.5),
    "cake": Seat(-0.2, 0.0, 0.5),
    "bridge": Seat(0.22, 0.0, 0.45),
    "cube": Seat(-0.47, 0.0, 0.7),
    "laptop": Seat(-0.62, 0.0, 0.5),
    "tree": Seat(-0.82, 0.1, 0.45),
    "cloud": Seat(-0.2, 0.0, 0.6),
    "bowl": Seat(-0.1, 0.0, 0.5),
    "horse": Seat(0.14, 0.12, 0.62),
    "unicorn": Seat(0.14, 0.12, 0.62),
    "elephant": Seat(-0.7, 0.0, 0.5),
    "dragon": Seat(-0.62, 0.0, 0.45),
    "dog": Seat(-0.86, 0.0, 0.45),
    "bear": Seat(-0.8, 0.0, 0.45),
    "square": Seat(-0.84, 0.0, 0.8),
}

INSIDES: dict[str, Seat] = {
    "boat": Seat(0.42, -0.44, 0.5),
    "cup": Seat(-0.12, 0.0, 0.62),
    "hat": Seat(-0.62, 0.0, 0.6),
    "gift": Seat(-0.36, 0.0, 0.7),
    "teapot": Seat(-0.4, 0.0, 0.4),
    "bowl": Seat(0.02, 0.0, 0.6),
    "car": Seat(0.02, -0.2, 0.36),
    "bus": Seat(0.06, -0.2, 0.4),
    "airship": Seat(0.66, 0.0, 0.26),
    "rocket": Seat(0.0, 0.0, 0.2),
}

ROOFS: dict[str, Seat] = {
    "tree": Seat(0.95, 0.36, 0.55),
    "pine": Seat(0.95, 0.3, 0.5),
    "palm": Seat(0.95, 0.36, 0.55),
    "table": Seat(0.95, 0.0, 0.5),
    "umbrella": Seat(0.95, 0.1, 0.6),
    "bridge": Seat(0.95, 0.0, 0.4),
    "streetlamp": Seat(0.95, 0.34, 0.5),
    "mushroom": Seat(0.95, 0.3, 0.5),
    "lamp": Seat(0.95, 0.44, 0.5),
}

WIDTHS: dict[str, float] = {
    "bottle": 0.44,
    "lighthouse": 0.66,
    "tower": 0.42,
    "rocket": 0.6,
    "balloon": 0.6,
    "airship": 0.74,
    "pine": 0.68,
    "flower": 0.62,
    "streetlamp": 0.36,
    "lantern": 0.64,
    "candle": 0.6,
    "phone": 0.5,
    "penguin": 0.74,
    "owl": 0.72,
    "cat": 0.75,
    "lion": 0.8,
    "tiger": 0.8,
    "pig": 0.74,
    "cow": 0.78,
    "rabbit": 0.66,
    "dog": 0.76,
    "bear": 0.72,
    "panda": 0.72,
    "robot": 0.84,
    "person": 0.56,
    "guitar": 0.58,
    "key": 0.58,
    "kite": 0.62,
    "cactus": 0.6,
    "lamp": 0.66,
    "ghost": 0.8,
    "tree": 0.8,
    "diamond": 0.74,
    "windmill": 0.66,
    "chair": 0.64,
    "icecream": 0.5,
    "snowman": 0.78,
}
"""Half the width of what is narrower than its square."""
