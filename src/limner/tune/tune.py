"""A piece of music as it is asked for, and as it comes back. Cheap to import: no sound is made."""

from dataclasses import dataclass
from typing import Literal

AudioFormat = Literal["mp3", "wav"]
CONTENT_TYPES: dict[AudioFormat, str] = {"mp3": "audio/mpeg", "wav": "audio/wav"}


@dataclass(frozen=True, slots=True)
class Tune:
    """`about` are all words that say how it should sound, `never` those that say how it must not.

    `seconds`, `tempo` (beats a minute) and `key` (`F# minor`, `Bb`) are left to the words and the
    seed where nobody says them.
    """

    about: str
    seed: int
    never: str = ""
    seconds: float | None = None
    tempo: float | None = None
    key: str = ""
    voice: Literal["m", "f"] | None = None
    """Who hums the melody; nobody in an instrumental piece."""
    loop: bool = False
    """Ends where it began: no fade, no last chord."""
    audio_format: AudioFormat = "mp3"
    mark: bool = False
    """Open with the two bells that tell a piece made in test mode."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A piece as a file."""

    data: bytes
    content_type: str
    duration_ms: int
