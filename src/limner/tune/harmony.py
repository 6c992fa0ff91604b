"""Scales and chords, as steps of a scale: 0 is the tonic, 7 the tonic one octave up."""

from random import Random

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
MAJOR_TURNS = ((0, 4, 5, 3), (0, 5, 3, 4), (0, 3, 0, 4), (0, 5, 1, 4), (0, 2, 3, 4))
MINOR_TURNS = ((0, 5, 2, 6), (0, 3, 5, 4), (0, 6, 5, 4), (0, 5, 3, 4), (0, 3, 6, 2))


def pitch(tonic: int, minor: bool, step: int) -> int:
    """The MIDI note of a step, with step 0 between C4 and B4."""
    octave, degree = divmod(step, 7)
    return 60 + tonic + 12 * octave + (MINOR if minor else MAJOR)[degree]


def progression(minor: bool, bars: int, loop: bool, chance: Random) -> list[int]:
    """The root of each bar's chord; the last bar comes home, unless it leads into the first."""
    turns = MINOR_TURNS if minor else MAJOR_TURNS
    first, second = chance.choice(turns), chance.choice(turns)
    roots = [(first if bar % 8 < 4 else second)[bar % 4] for bar in range(bars)]
    if not loop:
        roots[-1] = 0
        if bars > 2:
            roots[-2] = 4
    return roots


def chord(root: int) -> list[int]:
    """A triad near the tonic, so that chords follow one another closely."""
    return sorted(step - 7 if step > 5 else step for step in (root, root + 2, root + 4))
