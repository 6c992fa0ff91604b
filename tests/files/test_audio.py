"""What sound is and how long it is stands in its bytes, and only whole recordings are kept."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.files.pictures import encoded
from tests.files.sounds import FRAME, FRAME_MS, chunked, mp3, tag, wav

from limner.files.audio import NotAudio, listen
from limner.tune.play import play
from limner.tune.tune import AudioFormat, Tune

FMT = struct.pack("<HHIIHH", 1, 2, 44_100, 176_400, 4, 16)


@pytest.mark.parametrize("audio_format", ["mp3", "wav"])
def test_a_real_piece_is_as_long_as_it_was_played(audio_format: AudioFormat) -> None:
    recording = play(Tune("piano", 1, seconds=3, audio_format=audio_format))
    content_type, duration_ms = listen(recording.data)
    assert content_type == recording.content_type
    assert duration_ms == pytest.approx(3000, abs=100)


def test_a_wav_is_as_long_as_its_samples() -> None:
    assert listen(wav(1.5)) == ("audio/wav", 1500)


def test_what_else_a_wav_holds_is_passed_over() -> None:
    data = chunked((b"LIST", b"a song"), (b"fmt ", FMT), (b"data", bytes(17640)))
    assert listen(data) == ("audio/wav", 100)


@pytest.mark.parametrize(
    ("header", "size", "milliseconds"),
    [
        (b"\xff\xfb\x90\x44", 417, 1152 / 44.1),
        (b"\xff\xfb\xe4\x44", 960, 1152 / 48),
        (b"\xff\xf3\x80\x44", 208, 576 / 22.05),
        (b"\xff\xe3\x18\x44", 72, 576 / 8),
    ],
)
def test_an_mp3_of_any_rate_is_as_long_as_its_frames(
    header: bytes, size: int, milliseconds: float
) -> None:
    assert listen(mp3(50, header, size)) == ("audio/mpeg", int(50 * milliseconds))


def test_tags_before_and_behind_an_mp3_are_no_sound() -> None:
    data = tag(300) + bytes(300) + mp3(40) + b"TAG" + bytes(125)
    assert listen(data).duration_ms == int(40 * FRAME_MS)


def test_a_table_of_contents_is_no_sound() -> None:
    table = bytearray(mp3(1))
    table[36:40] = b"Xing"
    assert listen(bytes(table) + mp3(40)).duration_ms == int(40 * FRAME_MS)


@pytest.mark.parametrize("data", [mp3(9), wav(0.1)])
@pytest.mark.parametrize("lost", [1, 200, 700])
def test_a_recording_that_ends_early_is_none(data: bytes, lost: int) -> None:
    with pytest.raises(NotAudio, match="cut off"):
        listen(data[:-lost])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"just some words",
        b"ID3 is a tag",
        encoded("PNG"),
        mp3(2),
        mp3(40) + b"<html>",
        tag(10),
        chunked((b"data", bytes(100))),
        chunked((b"fmt ", FMT)),
        chunked((b"fmt ", FMT), (b"data", b"")),
        chunked((b"fmt ", struct.pack("<HHIIHH", 85, 2, 44_100, 16_000, 1, 0)), (b"data", b"mp3")),
        chunked((b"fmt ", FMT[:8] + bytes(8)), (b"data", bytes(100))),
        chunked(*[(b"junk", b"")] * 2000, (b"fmt ", FMT), (b"data", bytes(400))),
        chunked((b"fmt ", struct.pack("<HHIIHH", 1, 1, 1, 1, 1, 8)), (b"data", bytes(90_000))),
    ],
)
def test_what_is_no_recording_is_refused(data: bytes) -> None:
    with pytest.raises(NotAudio):
        listen(data)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"ID3\x04", b"\xff\xfb\x90", b"RIFF\0\0\0\0WAVE"]))
def test_no_bytes_break_the_reader(rest: bytes, start: bytes) -> None:
    with suppress(NotAudio):
        assert listen(start + rest).duration_ms > 0


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 9 * FRAME - 1), st.integers(0, 255))
def test_a_broken_byte_is_noticed_or_harms_nothing(at: int, value: int) -> None:
    data = bytearray(mp3(9))
    data[at] = value
    with suppress(NotAudio):
        assert listen(bytes(data)).content_type == "audio/mpeg"
