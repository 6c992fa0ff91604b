from random import Random

import pytest

from limner.tune.mood import Mood, mood_of
from limner.tune.tune import Tune


def mood(about: str, never: str = "", **more: object) -> Mood:
    return mood_of(Tune(about, 7, never=never, **more), Random(7))  # type: ignore[arg-type] # fields by name


def test_feelings_decide_tempo_and_mode() -> None:
    happy, sad = mood("a happy tune"), mood("a sad tune")
    assert (happy.minor, sad.minor) == (False, True)
    assert happy.bpm > 100 > sad.bpm
    assert happy.density > sad.density


@pytest.mark.parametrize(
    ("about", "lead"),
    [
        ("sad violin", "strings"),
        ("piano and cello", "piano"),
        ("rock", "guitar"),
        ("rock with flute", "flute"),
        ("chiptune", "chip"),
        ("nothing anybody knows", "piano"),
    ],
)
def test_instruments_that_are_named_play(about: str, lead: str) -> None:
    assert mood(about).lead == lead


def test_the_second_instrument_plays_the_chords() -> None:
    assert mood("flute and organ").harmony == "organ"


def test_a_waltz_has_three_beats() -> None:
    assert (mood("a waltz").beats, mood("a march").beats) == (3, 4)


def test_fast_and_slow_change_the_tempo_of_a_style() -> None:
    assert mood("slow rock").bpm < mood("rock").bpm < mood("fast rock").bpm


@pytest.mark.parametrize(
    ("about", "tempo", "bpm"),
    [("rock at 90 bpm", None, 90), ("90bpm", None, 90), ("rock at 90 bpm", 140.0, 140)],
)
def test_a_tempo_that_is_said_counts_and_the_parameter_most(
    about: str, tempo: float | None, bpm: float
) -> None:
    assert mood(about, tempo=tempo).bpm == bpm


def test_no_tempo_is_beyond_what_can_be_heard() -> None:
    assert mood("", tempo=1.0).bpm == 40
    assert mood("", tempo=300.0).bpm == 220


@pytest.mark.parametrize(
    ("key", "about", "tonic", "minor"),
    [
        ("C minor", "", 0, True),
        ("F#m", "", 6, True),
        ("Bb", "happy", 10, False),
        ("a flat major", "", 8, False),
        ("", "piano in E minor", 4, True),
        ("G major", "piano in E minor", 7, False),
    ],
)
def test_a_key_that_is_said_counts(key: str, about: str, tonic: int, minor: bool) -> None:
    found = mood(about, key=key)
    assert (found.tonic, found.minor) == (tonic, minor)


def test_a_key_nobody_knows_is_left_to_chance() -> None:
    assert mood("happy", key="H sharp") == mood("happy")


def test_drums_can_be_asked_for_and_sent_away() -> None:
    assert mood("calm piano").drums == "none"
    assert mood("calm piano with drums").drums == "soft"
    assert mood("rock without drums").drums == "none"
    assert mood("rock", never="drums, bass").drums == "none"
    assert not mood("rock", never="drums, bass").bass


def test_what_is_not_wanted_does_not_play() -> None:
    assert mood("rock", never="guitars").lead == "flute"
    assert mood("no piano, violin").lead == "strings"
    assert "piano" not in (mood("violin, no piano").lead, mood("violin, no piano").harmony)


def test_a_negative_feeling_changes_nothing() -> None:
    assert mood("piano", never="sad slow") == mood("piano")


def test_a_voice_hums_unless_it_is_not_wanted() -> None:
    assert mood("rock", voice="f").lead == "voice"
    assert mood("rock", never="vocals", voice="f").lead == "guitar"
