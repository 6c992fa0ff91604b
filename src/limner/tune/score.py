"""The written piece: who plays which note when. Times are beats, pitches MIDI notes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from limner.tune import harmony
from limner.tune.mood import Mood
from limner.tune.rhythm import figure, hits
from limner.tune.traits import Drums

CHORD_OF = {"piano": 0.34, "guitar": 0.3, "bells": 0.3, "chip": 0.16}


@dataclass(frozen=True, slots=True)
class Note:
    start: float
    length: float
    pitch: int
    loudness: float
    player: str
    """An instrument, or a drum, which has no pitch."""


def written(mood: Mood, bars: int, loop: bool, chance: Random) -> list[Note]:
    roots = harmony.progression(mood.minor, bars, loop, chance)
    notes = [*melody(mood, roots, loop, chance), *chords(mood, roots, loop)]
    if mood.bass:
        notes += bass(mood, roots, loop)
    return [*notes, *drums(mood, bars, loop, chance)]


def melody(mood: Mood, roots: list[int], loop: bool, chance: Random) -> Iterator[Note]:
    """Two figures take turns, as a song's lines do; each bar fits its chord."""
    figures = [figure(mood.beats, mood.density, chance) for _ in range(2)]
    contours = [[chance.choice((-2, -1, -1, 1, 1, 2)) for _ in range(16)] for _ in range(2)]
    step = chance.choice((4, 7))
    octave = 12 * mood.octave - (12 if mood.lead in ("strings", "brass", "guitar") else 0)
    for bar, root in enumerate(roots):
        line, moves = figures[bar % 2], contours[bar // 2 % 2]
        step = near(step, root)
        last = bar == len(roots) - 1 and not loop
        for index, (at, length) in enumerate([(0.0, mood.beats * 0.9)] if last else line):
            if index:
                step = min(max(step + moves[index], 0), 10)
                step = near(step, root) if at % 2 == 0 else step
            step = (0 if step < 4 else 7) if last else step
            yield Note(
                start=bar * mood.beats + at,
                length=length,
                pitch=harmony.pitch(mood.tonic, mood.minor, step) + octave + lift(mood),
                loudness=0.5 + (0.08 if at % 2 == 0 else 0) + chance.uniform(-0.04, 0.04),
                player=mood.lead,
            )


def lift(mood: Mood) -> int:
    """Keep melodies of high keys from climbing out of the ear's middle."""
    return -12 if mood.tonic > 6 else 0


def near(step: int, root: int) -> int:
    """The note of a chord nearest to a step."""
    tones = [tone + octave for tone in (root, root + 2, root + 4) for octave in (-7, 0, 7)]
    return min((tone for tone in tones if 0 <= tone <= 10), key=lambda tone: abs(tone - step))


def chords(mood: Mood, roots: list[int], loop: bool) -> Iterator[Note]:
    for bar, root in enumerate(roots):
        steps = harmony.chord(root)
        pitches = [harmony.pitch(mood.tonic, mood.minor, step) - 12 for step in steps]
        pitches = [one - 12 if mood.tonic > 6 else one for one in pitches]
        loud = CHORD_OF.get(mood.harmony, 0.2)
        start = float(bar * mood.beats)
        if mood.chords == "held" or (bar == len(roots) - 1 and not loop):
            times = [(start, mood.beats * 0.98)]
        elif mood.chords == "struck":
            times = [
                (start + beat, 0.45) for beat in range(1, mood.beats, 1 if mood.beats == 3 else 2)
            ]
        else:
            yield from broken(Note(start, 1.0, 0, loud, mood.harmony), pitches, mood.beats)
            continue
        for at, length in times:
            yield from (Note(at, length, one, loud * 0.8, mood.harmony) for one in pitches)


def broken(first: Note, pitches: list[int], beats: int) -> Iterator[Note]:
    """A chord one note after another: low, middle, high, middle."""
    order = (0, 1, 2, 1) if beats % 2 == 0 else (0, 1, 2)
    for eighth in range(beats * 2):
        yield replace(
            first, start=first.start + eighth / 2, pitch=pitches[order[eighth % len(order)]]
        )


def bass(mood: Mood, roots: list[int], loop: bool) -> Iterator[Note]:
    down = 36 if mood.tonic > 6 else 24
    for bar, root in enumerate(roots):
        ends = bar == len(roots) - 1 and not loop
        for at, length, up in walk("none" if ends else mood.drums, mood.beats):
            low = harmony.pitch(mood.tonic, mood.minor, root + up) - down
            yield Note(bar * mood.beats + at, length, low, 0.55, "bass")


def walk(drums: Drums, beats: int) -> list[tuple[float, float, int]]:
    """What a bass plays in a bar: starts, lengths, and steps above the root."""
    if drums == "none":
        return [(0.0, beats * 0.95, 0)]
    if drums == "swing":
        return [(float(beat), 0.9, (0, 2, 4, 2)[beat]) for beat in range(beats)]
    if drums in ("rock", "dance"):
        return [(eighth / 2, 0.45, 0) for eighth in range(beats * 2)]
    return [(0.0, 0.95, 0), (2.0, 0.95, 4)]


def drums(mood: Mood, bars: int, loop: bool, chance: Random) -> Iterator[Note]:
    for bar in range(bars):
        ends = bar == bars - 1 and not loop
        for at, drum, loudness in hits(mood.drums, mood.beats, fills=bar % 4 == 3, ends=ends):
            loudness *= chance.uniform(0.9, 1.0)
            yield Note(bar * mood.beats + at, 0.0, 0, loudness, drum)
