import pytest
from tests.tune.recordings import heard

from limner.sketch.easels import Easels
from limner.tune.play import play
from limner.tune.tune import Tune

SHORT = "3 seconds of happy piano"


def wav(about: str, seed: int = 7, **more: object) -> bytes:
    return play(Tune(about, seed, audio_format="wav", **more)).data  # type: ignore[arg-type] # fields by name


def test_the_same_tune_gives_the_same_bytes() -> None:
    assert wav(SHORT) == wav(SHORT)
    assert play(Tune(SHORT, 7)) == play(Tune(SHORT, 7))


def test_another_seed_or_another_word_gives_another_piece() -> None:
    assert len({wav(SHORT), wav(SHORT, 8), wav("3 seconds of sad piano")}) == 3


def test_a_wav_is_stereo_of_44100_hz_that_never_clips() -> None:
    found = heard(wav("4 seconds of loud rock guitar with drums"))
    assert (found.rate, found.channels) == (44_100, 2)
    assert 20_000 < max(map(abs, found.left + found.right)) < 32_767
    assert found.left != found.right


@pytest.mark.parametrize("about", ["calm piano", "happy rock", "sad violin", "ambient"])
def test_a_mark_never_makes_it_clip(about: str) -> None:
    found = heard(wav(f"3 seconds of {about}", mark=True))
    assert max(map(abs, found.left + found.right)) < 32_700


@pytest.mark.parametrize("about", ["calm piano", "rock", "ambient pad", "chiptune", "sad waltz"])
def test_a_piece_sounds_from_beginning_to_end_and_fades(about: str) -> None:
    found = heard(wav(f"5 seconds of {about}"))
    assert all(found.loudness(at, at + 1) > 0.01 for at in range(3))
    assert abs(found.left[0]) < 100
    assert abs(found.left[-1]) < 100
    assert found.loudness(found.seconds - 0.2, found.seconds) < found.loudness(1, 2)


@pytest.mark.parametrize(
    ("about", "asked", "least", "most"),
    [
        ("piano", None, 7, 13),
        ("a short jingle", None, 3, 8),
        ("6 seconds of rock", None, 4, 8),
        ("piano", 4.5, 4.5, 4.5),
        ("piano", 0.1, 2, 2),
        ("2 minutes of piano", None, 26, 34),
    ],
)
def test_the_length_is_as_asked_within_bounds(
    about: str, asked: float | None, least: float, most: float
) -> None:
    recording = play(Tune(about, 7, seconds=asked))
    assert least <= recording.duration_ms / 1000 <= most


def test_a_loop_ends_where_it_begins() -> None:
    found = heard(wav("5 seconds of ambient pad", loop=True))
    steps = [abs(b - a) for a, b in zip(found.left, found.left[1:], strict=False)]
    assert abs(found.left[0] - found.left[-1]) <= max(steps)
    assert found.loudness(0, 0.2) > 0.01


def test_a_mark_is_heard_at_the_beginning_and_nowhere_else() -> None:
    plain, marked = heard(wav(SHORT)), heard(wav(SHORT, mark=True))
    rate = plain.rate
    assert plain.left[: rate // 4] != marked.left[: rate // 4]
    assert plain.left[2 * rate :] == marked.left[2 * rate :]


async def test_another_process_plays_the_same() -> None:
    easels = Easels(1)
    assert await easels.play(Tune(SHORT, 7)) == play(Tune(SHORT, 7))
    easels.close()
