"""When things happen within a bar: figures of a melody, patterns of drums."""

from collections.abc import Iterator
from random import Random

from limner.tune.traits import Drums

FIGURES = {
    4: (
        (4.0,),
        (2.0, 2.0),
        (3.0, 1.0),
        (2.0, 1.0, 1.0),
        (1.5, 0.5, 2.0),
        (1.0, 1.0, 1.0, 1.0),
        (1.0, 0.5, 0.5, 2.0),
        (1.5, 0.5, 1.0, 1.0),
        (0.5, 0.5, 1.0, 0.5, 0.5, 1.0),
        (0.5, 0.5, 0.5, 0.5, 1.0, 0.5, 0.5),
        (0.5,) * 8,
    ),
    3: (
        (3.0,),
        (2.0, 1.0),
        (1.5, 0.5, 1.0),
        (1.0, 1.0, 1.0),
        (1.0, 0.5, 0.5, 1.0),
        (0.5, 0.5, 1.0, 0.5, 0.5),
        (0.5,) * 6,
    ),
}
"""From few notes to many."""

PATTERNS: dict[Drums, dict[str, str]] = {
    "none": {},
    "soft": {"kick": "x.......", "snare": "....o...", "hat": "o.o.o.o."},
    "rock": {"kick": "x..xx...", "snare": "..x...x.", "hat": "xoxoxoxo"},
    "dance": {"kick": "x.x.x.x.", "snare": "..o...o.", "hat": ".x.x.x.x"},
    "slow": {"kick": "x....x..", "snare": "..x...x.", "hat": "oooooooo"},
    "march": {"kick": "x...x...", "snare": "x.xxx.x.", "tom": "......x."},
    "swing": {"hat": "x.x.xox.", "kick": "o.......", "snare": "......o."},
}
"""A letter is half a beat: `x` loud, `o` soft."""
WALTZ = {"kick": "x.....", "hat": "..o.o."}
LOUDNESS = {"x": 0.9, "o": 0.45}


def figure(beats: int, density: float, chance: Random) -> list[tuple[float, float]]:
    """Starts and lengths of the notes of a bar."""
    known = FIGURES[beats]
    middle = density * (len(known) - 1)
    lengths = known[min(len(known) - 1, max(0, round(middle + chance.uniform(-1.2, 1.2))))]
    starts = [sum(lengths[:index]) for index in range(len(lengths))]
    return [(start, length * 0.95) for start, length in zip(starts, lengths, strict=True)]


def hits(
    drums: Drums, beats: int, *, fills: bool, ends: bool
) -> Iterator[tuple[float, str, float]]:
    """Times in beats, drums and loudness of one bar."""
    if drums == "none":
        return
    if ends:
        yield 0.0, "kick", 0.9
        yield 0.0, "crash", 0.5
        return
    patterns = WALTZ if beats == 3 else PATTERNS[drums]
    for drum, pattern in patterns.items():
        for half, letter in enumerate(pattern):
            if letter in LOUDNESS:
                yield half / 2, drum, LOUDNESS[letter]
    if fills and drums in ("rock", "dance", "march"):
        yield from ((beats - 1 + quarter / 4, "tom", 0.6) for quarter in range(4))
