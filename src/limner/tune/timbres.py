"""What instruments are made of: partials, and how a note of theirs begins, lasts and ends.

Seconds throughout. `partials` are the strengths of the harmonics, the fundamental first.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layer:
    """`half_life` is how long a sounding note takes to half its strength; None holds it."""

    partials: tuple[float, ...]
    attack: float
    release: float
    half_life: float | None = None
    gain: float = 1.0
    cents: float = 0.0
    vibrato: float = 0.0
    """Depth in cents; it sets in after a moment, as players do it."""


def odd(count: int) -> tuple[float, ...]:
    """A square wave's partials."""
    return tuple(1 / number if number % 2 else 0.0 for number in range(1, count + 1))


def saw(count: int, softness: float = 1.0) -> tuple[float, ...]:
    return tuple(number**-softness for number in range(1, count + 1))


STRING = saw(10, 1.25)
BRASS = (0.7, 1.0, 0.85, 0.6, 0.45, 0.3, 0.2, 0.12, 0.07)
PAD = (1.0, 0.45, 0.2, 0.1, 0.05)

TIMBRES: dict[str, tuple[Layer, ...]] = {
    "piano": (
        Layer((1.0, 0.45, 0.16, 0.06), 0.004, 0.18, half_life=0.55),
        Layer((0.0, 0.3, 0.4, 0.4, 0.3, 0.2, 0.14, 0.1), 0.002, 0.1, half_life=0.09, gain=0.6),
    ),
    "guitar": (
        Layer((1.0, 0.6, 0.35, 0.2, 0.1), 0.003, 0.12, half_life=0.3),
        Layer((0.3, 0.5, 0.6, 0.5, 0.45, 0.4, 0.3, 0.2), 0.001, 0.08, half_life=0.05, gain=0.7),
    ),
    "bells": (
        Layer((1.0, 0.0, 0.15, 0.25), 0.002, 0.9, half_life=0.45),
        Layer((0.0, 0.0, 0.0, 0.4, 0.0, 0.0, 0.35), 0.001, 0.3, half_life=0.08, gain=0.8),
    ),
    "strings": (
        Layer(STRING, 0.11, 0.22, gain=0.5, cents=-5, vibrato=9),
        Layer(STRING, 0.14, 0.26, gain=0.5, cents=5),
    ),
    "pad": (
        Layer(PAD, 0.5, 0.8, gain=0.5, cents=-6),
        Layer(PAD, 0.6, 0.9, gain=0.5, cents=6),
    ),
    "flute": (Layer((1.0, 0.22, 0.1, 0.03), 0.05, 0.09, vibrato=12),),
    "organ": (Layer((1.0, 0.7, 0.45, 0.4, 0.0, 0.2, 0.0, 0.22), 0.015, 0.07),),
    "brass": (Layer(BRASS, 0.045, 0.09, gain=0.62, vibrato=6),),
    "synth": (
        Layer(saw(12), 0.008, 0.09, gain=0.42, cents=-7),
        Layer(saw(12), 0.008, 0.09, gain=0.42, cents=7),
    ),
    "chip": (Layer(odd(11), 0.002, 0.02, gain=0.5),),
    "voice": (Layer((0.8, 1.0, 0.55, 0.2, 0.12, 0.12, 0.1, 0.05), 0.09, 0.14, vibrato=22),),
    "bass": (
        Layer((1.0, 0.5, 0.2, 0.08), 0.006, 0.06, half_life=0.7),
        Layer((0.0, 0.3, 0.4, 0.3, 0.2), 0.002, 0.05, half_life=0.06, gain=0.5),
    ),
}
