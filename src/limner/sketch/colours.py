"""Colours are named the way people say them: "dark red", "neon green", "gold"."""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

Colour: TypeAlias = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
INK: Colour = (38, 34, 58)
NIGHT: Colour = (22, 22, 52)
CREAM: Colour = (255, 246, 228)
BLUSH: Colour = (248, 150, 150)
LAMPLIGHT: Colour = (255, 214, 110)

PALETTE: dict[str, Colour] = {
    "red": (222, 58, 58),
    "orange": (242, 140, 40),
    "yellow": (252, 208, 62),
    "green": (76, 172, 92),
    "blue": (58, 112, 220),
    "purple": (138, 80, 190),
    "pink": (246, 150, 188),
    "white": (246, 246, 244),
    "black": (42, 42, 52),
    "teal": (22, 148, 146),
    "cyan": (64, 204, 224),
    "turquoise": (60, 206, 190),
    "navy": (34, 48, 104),
    "gold": (224, 172, 52),
    "silver": (188, 196, 208),
    "brown": (142, 92, 56),
    "grey": (140, 146, 158),
    "beige": (228, 208, 172),
    "cream": (252, 240, 214),
    "maroon": (126, 34, 48),
    "crimson": (196, 30, 62),
    "coral": (250, 122, 98),
    "peach": (252, 188, 150),
    "rust": (222, 98, 42),
    "magenta": (218, 48, 150),
    "lavender": (180, 160, 228),
    "indigo": (76, 66, 172),
    "lime": (160, 214, 58),
    "olive": (130, 136, 62),
    "mint": (152, 224, 188),
    "emerald": (28, 152, 102),
    "amber": (246, 170, 44),
    "copper": (192, 108, 66),
}

NEON: dict[str, Colour] = {
    "red": (255, 56, 84),
    "orange": (255, 138, 30),
    "yellow": (246, 255, 60),
    "green": (57, 255, 136),
    "blue": (64, 142, 255),
    "purple": (186, 84, 255),
    "pink": (255, 74, 196),
    "white": (232, 248, 255),
    "teal": (40, 255, 214),
    "cyan": (58, 240, 255),
}

SHADES = ("light", "dark", "neon")


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`first` with `share` of it replaced by `second`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def luminance(colour: Colour) -> float:
    red, green, blue = colour
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255


def from_hue(hue: float, lightness: float, saturation: float) -> Colour:
    red, green, blue = colorsys.hls_to_rgb(hue % 1.0, lightness, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)


def hue_of(colour: Colour) -> float:
    return colorsys.rgb_to_hls(*(channel / 255 for channel in colour))[0]


def named(name: str) -> Colour:
    """The colour of "red", "light red", "dark red" or "neon red"."""
    shade, _, base = name.rpartition(" ")
    colour = PALETTE[base]
    if shade == "light":
        return mix(colour, WHITE, 0.48)
    if shade == "dark":
        return mix(colour, (14, 14, 36), 0.45)
    return NEON.get(base, mix(colour, WHITE, 0.2)) if shade == "neon" else colour


@dataclass(frozen=True, slots=True)
class Gradient:
    """Colours from top to bottom, evenly spaced."""

    stops: tuple[Colour, ...]


Fill: TypeAlias = Colour | Gradient


def at(stops: Sequence[Colour], share: float) -> Colour:
    """The colour `share` of the way through the stops."""
    place = min(max(share, 0.0), 1.0) * (len(stops) - 1)
    index = min(int(place), len(stops) - 2)
    return mix(stops[index], stops[index + 1], place - index) if len(stops) > 1 else stops[0]


@dataclass(frozen=True, slots=True)
class Tones:
    """One colour as a painter mixes it, and a second one for roofs, sails and stripes."""

    main: Colour
    second: Colour

    @property
    def light(self) -> Colour:
        return mix(self.main, (255, 244, 214), 0.34)

    @property
    def pale(self) -> Colour:
        return mix(self.main, (255, 250, 240), 0.78)

    @property
    def dark(self) -> Colour:
        return mix(self.main, (40, 24, 74), 0.26)

    @property
    def deep(self) -> Colour:
        return mix(self.main, (30, 20, 60), 0.5)

    @property
    def body(self) -> Gradient:
        return Gradient((mix(self.main, (255, 240, 200), 0.16), self.main, self.dark))

    @property
    def trim(self) -> Gradient:
        return Gradient(
            (mix(self.second, (255, 240, 200), 0.14), self.second, mix(self.second, INK, 0.2))
        )
