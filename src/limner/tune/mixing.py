"""Notes become a recording: laid over one another, put into a room, kept from clipping."""

from array import array
from collections import defaultdict
from collections.abc import Iterable
from typing import TypeAlias

from limner.tune.mood import Mood
from limner.tune.score import Note
from limner.tune.sounds import DRUMS, RATE, Samples, chime, drum, note

Line: TypeAlias = "array[float]"
"""Long rows of samples are kept small: a list would take eight times the memory."""

LOUDEST = 0.86
FULL = 32_767
FADE_IN_S = 0.01
FADE_OUT_S = 1.6
LEFT = ((0.031, 0.5), (0.067, 0.34), (0.113, 0.2))
RIGHT = ((0.041, 0.5), (0.079, 0.34), (0.131, 0.2))
"""Echoes: seconds and strength. That the sides differ makes the room wide."""
PLAYED = {"voice": 0.8, "synth": 0.5, "chip": 0.5, "brass": 0.7, "strings": 0.75, "flute": 0.8}
"""How loud instruments are beside a piano."""
MARKED = 0.14
"""Of the loudest; it fits into what LOUDEST leaves free."""


def mixed(notes: Iterable[Note], mood: Mood, seconds: float, *, loop: bool, mark: bool) -> bytes:
    """Interleaved stereo, 16 bits a sample."""
    dry = laid(notes, 60 / mood.bpm, round(seconds * RATE), loop)
    sides = [roomy(dry, echoes, mood.space, loop) for echoes in (LEFT, RIGHT)]
    peak = max(max(max(side), -min(side)) for side in sides) or 1.0
    whole = array("h", bytes(4 * len(dry)))
    for channel, side in enumerate(sides):
        if mark:
            add(side, chime(), 0, MARKED * peak)
        if not loop:
            fade(side)
        whole[channel::2] = array("h", pcm(side, peak))
    return whole.tobytes()


def laid(notes: Iterable[Note], beat_s: float, count: int, loop: bool) -> Line:
    """All notes in one line; in a loop, what rings on past the end rings at the beginning."""
    line = array("f", bytes(4 * count))
    for (player, pitch, length), places in alike(notes, beat_s).items():
        samples = drum(player) if player in DRUMS else note(player, pitch, max(1, length))
        for start, loudness in places:
            gain = loudness * PLAYED.get(player, 1.0)
            add(line, samples, start, gain)
            if loop and start + len(samples) > count:
                add(line, samples[count - start :], 0, gain)
    return line


def alike(
    notes: Iterable[Note], beat_s: float
) -> dict[tuple[str, int, int], list[tuple[int, float]]]:
    """Where notes of one sound are, and how loud, so that each sound is made once."""
    places = defaultdict(list)
    for one in notes:
        length = round(one.length * beat_s * RATE)
        places[one.player, one.pitch, length].append(
            (round(one.start * beat_s * RATE), one.loudness)
        )
    return places


def add(line: Line, samples: Samples, start: int, gain: float) -> None:
    """Lay samples over a line, as far as it goes."""
    under = line[start : start + len(samples)]
    over = [a + gain * b for a, b in zip(under, samples, strict=False)]
    line[start : start + len(samples)] = array("f", over)


def roomy(dry: Line, echoes: Iterable[tuple[float, float]], space: float, loop: bool) -> Line:
    wet = dry
    for after, strength in echoes:
        late = round(after * RATE)
        echo = (dry[-late:] if loop else array("f", bytes(4 * late))) + dry[:-late]
        gain = strength * space
        wet = array("f", [a + gain * b for a, b in zip(wet, echo, strict=True)])
    return wet


def fade(side: Line) -> None:
    """In from silence at once, and out to silence in the last moment."""
    head, tail = int(FADE_IN_S * RATE), min(len(side) // 3, int(FADE_OUT_S * RATE))
    side[:head] = array("f", [value * at / head for at, value in enumerate(side[:head])])
    rest = enumerate(side[-tail:], 1)
    side[-tail:] = array("f", [value * (1 - at / tail) for at, value in rest])


def pcm(side: Line, peak: float) -> list[int]:
    """Whole numbers of 16 bits, the loudest well within them."""
    scale = FULL * LOUDEST / peak
    return [max(-FULL, min(FULL, int(value * scale))) for value in side]
