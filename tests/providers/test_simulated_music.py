"""Test mode for music: what a model would give back, and what is played for its parameters."""

from dataclasses import replace

import pytest
from tests.providers.orders import an_order, drained
from tests.providers.tunes import Silence

from limner.files.audio import listen
from limner.providers.base import Accepted, Generated, Order, Progress, ProviderError, Scalar
from limner.providers.simulated import Simulation
from limner.providers.simulated_music import SimulatedMusic

PROMPT = "A calm piano for the rain, please, and slowly"


def a_song(prompt: str = PROMPT, output_format: str = "mp3", **params: Scalar) -> Order:
    order = an_order("suno-v5", prompt=prompt, output_format=output_format, params=params)
    return replace(order, task="music")


def model(play: Silence, tracks: int = 2) -> SimulatedMusic:
    return SimulatedMusic(play, Simulation("suno-v5", 0.0, False, False, lambda *_: None), tracks)


async def generated(order: Order, play: Silence | None = None, tracks: int = 2) -> Generated:
    last = (await drained(model(play or Silence(), tracks).run(order)))[-1]
    assert isinstance(last, Generated)
    return last


async def test_a_call_gives_as_many_takes_as_the_model_does_each_another() -> None:
    play = Silence()
    assert len((await generated(a_song(), play)).images) == 2
    first, second = play.tunes
    assert first.seed != second.seed
    assert replace(first, seed=0) == replace(second, seed=0)
    assert len((await generated(a_song(), tracks=1)).images) == 1


async def test_every_take_is_marked_and_has_the_format_ordered() -> None:
    play = Silence()
    for output_format, content_type in (("mp3", "audio/mpeg"), ("wav", "audio/wav")):
        done = await generated(a_song(output_format=output_format), play)
        assert listen(bytes(done.images[0].data)).content_type == content_type
    assert all(tune.mark for tune in play.tunes)


async def test_progress_is_told_before_the_tracks() -> None:
    events = await drained(model(Silence()).run(a_song()))
    assert isinstance(events[0], Accepted)
    done = [event.done for event in events if isinstance(event, Progress)]
    assert done == sorted(done)
    assert len(done) > 1


async def test_parameters_reach_what_is_played() -> None:
    play = Silence()
    await generated(
        a_song(
            style="jazz",
            tags="happy",
            negative_tags="drums",
            duration=20,
            sound_tempo=120.0,
            sound_key="F# minor",
            sound_loop=True,
            vocal_gender="m",
        ),
        play,
    )
    tune = play.tunes[0]
    assert tune.about == f"{PROMPT} happy jazz"
    assert (tune.never, tune.seconds, tune.tempo) == ("drums", 20, 120)
    assert (tune.key, tune.loop, tune.voice) == ("F# minor", True, "m")


@pytest.mark.parametrize(
    ("params", "voice"),
    [({}, "f"), ({"instrumental": True}, None), ({"operation": "sounds"}, None)],
)
async def test_only_songs_have_a_voice_and_lyrics(
    params: dict[str, Scalar], voice: str | None
) -> None:
    play = Silence()
    done = await generated(replace(a_song(), params=params), play)
    assert play.tunes[0].voice == voice
    assert (done.images[0].lyrics is None) == (voice is None)


async def test_title_and_lyrics_are_the_callers_or_made_of_the_prompt() -> None:
    given = (await generated(a_song(title="Rain", lyrics="Drip"))).images[0]
    assert (given.title, given.lyrics) == ("Rain", "Drip")
    made = (await generated(a_song())).images[0]
    assert made.title == "A calm piano for the rain"
    assert made.lyrics is not None
    assert PROMPT in made.lyrics
    assert (await generated(a_song("?"))).images[0].title == "Untitled"


async def test_triggers_play_what_a_client_has_to_live_with() -> None:
    play = Silence()
    for trigger in ("refuse", "fail=500", "timeout", "rate_limit", "partial=0"):
        with pytest.raises(ProviderError):
            await generated(a_song(f"piano [[limner:{trigger}]]"), play)
    assert play.tunes == []
    one = await generated(a_song("piano [[limner:partial=1]]"), play)
    assert len(one.images) == 1
    assert (play.tunes[0].about, one.images[0].title) == ("piano", "Piano")


async def test_a_piece_that_is_shorter_than_asked_says_so() -> None:
    assert (await generated(a_song(duration=30))).warnings == ()
    (said,) = (await generated(a_song(duration=200))).warnings
    assert said == "test mode plays at most 30 of the 200 seconds asked for"


async def test_an_order_for_a_picture_is_turned_away() -> None:
    with pytest.raises(ProviderError) as caught:
        await generated(an_order("suno-v5"))
    assert caught.value.outcome == "known_not_run"
