from random import Random

import pytest

from limner.tune.harmony import MAJOR, MINOR
from limner.tune.mood import Mood, mood_of
from limner.tune.score import Note, written
from limner.tune.tune import Tune

STYLES = ["calm piano", "fast rock", "sad violin waltz", "jazz", "ambient", "chiptune", "march"]


def piece(about: str, seed: int = 7, loop: bool = False) -> tuple[Mood, list[Note]]:
    chance = Random(seed)
    mood = mood_of(Tune(about, seed), chance)
    return mood, written(mood, 8, loop, chance)


@pytest.mark.parametrize("about", STYLES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_note_is_in_the_key(about: str, seed: int) -> None:
    mood, notes = piece(about, seed)
    scale = {(mood.tonic + step) % 12 for step in (MINOR if mood.minor else MAJOR)}
    assert {note.pitch % 12 for note in notes if note.pitch} <= scale


@pytest.mark.parametrize("about", STYLES)
def test_every_note_can_be_heard_and_is_in_time(about: str) -> None:
    mood, notes = piece(about)
    for note in notes:
        assert 0 <= note.start < 8 * mood.beats
        assert 0 < note.loudness <= 1
        assert note.pitch == 0 or 24 <= note.pitch <= 96


@pytest.mark.parametrize("seed", range(6))
def test_a_piece_comes_home(seed: int) -> None:
    mood, notes = piece("calm piano", seed)
    last = max((note for note in notes if note.length > 3), key=lambda note: note.start)
    low = min(notes, key=lambda note: (note.start < 7 * mood.beats, note.pitch))
    assert low.pitch % 12 == mood.tonic
    assert last.start == 7 * mood.beats


def test_more_density_is_more_notes() -> None:
    calm, busy = (len(piece(about)[1]) for about in ("sparse piano", "busy piano"))
    assert calm < busy


def test_what_is_sent_away_plays_no_note() -> None:
    assert {note.player for note in piece("rock, no drums, no bass")[1]} == {"guitar"}
