"""Recordings as bytes: silence, in the formats limner serves."""

import io
import struct
import wave

FRAME = 417
"""Bytes of a frame of 128 kbit/s at 44.1 kHz."""
FRAME_MS = 1152 / 44.1


def mp3(frames: int, header: bytes = b"\xff\xfb\x90\x44", size: int = FRAME) -> bytes:
    return (header + bytes(size - 4)) * frames


def tag(size: int) -> bytes:
    """An ID3 tag of that many bytes behind its head."""
    return b"ID3\x04\x00\x00" + bytes([size >> 21, size >> 14 & 127, size >> 7 & 127, size & 127])


def wav(seconds: float, rate: int = 8000) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, rate, 0, "NONE", ""))
        writer.writeframes(bytes(2 * int(seconds * rate)))
    return file.getvalue()


def chunked(*chunks: tuple[bytes, bytes]) -> bytes:
    """A RIFF file of such chunks."""
    body = b"".join(name + struct.pack("<I", len(data)) + data for name, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body
