"""Samples become a file; nothing in it says when it was made, so bytes repeat."""

import io
import sys
import wave
from array import array

import lameenc

from limner.tune.sounds import RATE
from limner.tune.tune import CONTENT_TYPES, AudioFormat, Recording

CHANNELS, BYTES = 2, 2
KBPS = 128
MIDDLING = 5
"""LAME's quality: 2 takes twice as long and nobody hears it in a piece like these."""


def encoded(samples: bytes, audio_format: AudioFormat) -> Recording:
    """A file of interleaved samples in the machine's own byte order."""
    if sys.byteorder == "big":
        swapped = array("h", samples)
        swapped.byteswap()
        samples = swapped.tobytes()
    data = mp3(samples) if audio_format == "mp3" else wav(samples)
    return Recording(data, CONTENT_TYPES[audio_format], len(samples) * 1000 // (RATE * 4))


def wav(samples: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(CHANNELS)
        writer.setsampwidth(BYTES)
        writer.setframerate(RATE)
        writer.writeframes(samples)
    return file.getvalue()


def mp3(samples: bytes) -> bytes:
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(KBPS)
    encoder.set_in_sample_rate(RATE)
    encoder.set_channels(CHANNELS)
    encoder.set_quality(MIDDLING)
    encoder.silence()
    return bytes(encoder.encode(samples)) + bytes(encoder.flush())
