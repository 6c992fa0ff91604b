"""What bytes of sound are, read from the bytes: MP3 or WAV, and how long, without decoding any.

A recording that ends early is none: an MP3 is followed from frame to frame, a WAV says its size.
"""

import struct
from typing import NamedTuple

from limner.files.sniff import NotMedia

MP3, WAV = "audio/mpeg", "audio/wav"
LONGEST_MS = 24 * 3600 * 1000
MOST_CHUNKS = 1_000
PCM, FLOAT, EXTENSIBLE = 0x0001, 0x0003, 0xFFFE
LEAST_FRAMES = 3
"""Fewer in a row may be chance."""
MOST_FRAMES = LONGEST_MS // 20
KBPS = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Of Layer III, by whether it is MPEG 1 or one of its successors for lower rates."""
RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
LAYER_3 = 1
TRAILERS = (b"TAG", b"APETAGEX", b"LYRICSBEGIN", b"3DI", b"ID3")
"""What players write behind the last frame."""


class Heard(NamedTuple):
    content_type: str
    duration_ms: int


class NotAudio(NotMedia):
    """The bytes are not a whole recording of a kind limner serves; the message says why."""


class Frame(NamedTuple):
    length: int
    samples: int
    rate: int


def listen(data: bytes) -> Heard:
    """Type and length of an MP3 or WAV. Raises NotAudio."""
    try:
        if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
            found = Heard(WAV, wav_ms(data))
        elif tagged(data) or frame_at(data, 0):
            found = Heard(MP3, mp3_ms(data))
        else:
            raise NotAudio("the bytes are no MP3 or WAV")
    except (struct.error, IndexError):
        raise NotAudio("the recording is cut off") from None
    if not 0 < found.duration_ms <= LONGEST_MS:
        raise NotAudio(f"a recording of {found.duration_ms / 1000:g} seconds is out of bounds")
    return found


def wav_ms(data: bytes) -> int:
    at, a_second = 12, 0
    for _ in range(MOST_CHUNKS):
        name = data[at : at + 4]
        (size,) = struct.unpack("<I", data[at + 4 : at + 8])
        if name == b"fmt ":
            kind, _, _, a_second = struct.unpack("<HHII", data[at + 8 : at + 20])
            if kind not in (PCM, FLOAT, EXTENSIBLE) or not a_second:
                raise NotAudio("the WAV holds no plain samples")
        elif name == b"data":
            if not a_second:
                raise NotAudio("the WAV does not say what its samples are")
            if at + 8 + size > len(data):
                raise NotAudio("the WAV is cut off")
            return int(size * 1000 // a_second)
        at += 8 + size + size % 2
    raise NotAudio("the WAV has no samples")


def mp3_ms(data: bytes) -> int:
    at = behind_tag(data)
    first = frame_at(data, at)
    if first is None:
        raise NotAudio("the MP3 has no frames")
    samples = frames = 0
    for _ in range(MOST_FRAMES):
        frame = frame_at(data, at)
        if frame is None:
            break
        if at + frame.length > len(data):
            raise NotAudio("the MP3 is cut off")
        samples += 0 if frames == 0 and tells_of_others(data, at, frame) else frame.samples
        at, frames = at + frame.length, frames + 1
    rest = data[at : at + 16]
    if frames < LEAST_FRAMES or (rest.strip(b"\0") and not rest.startswith(TRAILERS)):
        raise NotAudio("the MP3 is broken")
    return samples * 1000 // first.rate


def tagged(data: bytes) -> bool:
    """Whether bytes begin with an ID3 tag, which says its version; a text about ID3 does not."""
    return data[:3] == b"ID3" and data[3:4] in (b"\x02", b"\x03", b"\x04")


def behind_tag(data: bytes) -> int:
    """Where the first frame is, behind a tag with title and cover."""
    if not tagged(data):
        return 0
    size = 0
    for byte in data[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size + (10 if data[5] & 0x10 else 0)


def frame_at(data: bytes, at: int) -> Frame | None:
    """The Layer III frame that begins here, if one does."""
    if len(data) < at + 4 or data[at] != 0xFF or data[at + 1] & 0xE0 != 0xE0:
        return None
    version, layer = data[at + 1] >> 3 & 3, data[at + 1] >> 1 & 3
    bits, rate = data[at + 2] >> 4, data[at + 2] >> 2 & 3
    if version not in RATES or layer != LAYER_3 or rate == 3 or not 0 < bits < 15:
        return None
    samples, hertz = 1152 if version == 3 else 576, RATES[version][rate]
    length = samples // 8 * KBPS[version == 3][bits] * 1000 // hertz + (data[at + 2] >> 1 & 1)
    return Frame(length, samples, hertz)


def tells_of_others(data: bytes, at: int, frame: Frame) -> bool:
    """Whether a first frame is silence that carries a table of contents."""
    head = data[at : at + min(frame.length, 64)]
    return b"Xing" in head or b"Info" in head or b"VBRI" in head
