"""What is asked of whoever signs, in words that need no C2PA library."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

SIGNABLE = ("image/png", "image/jpeg", "image/webp", "image/avif")
EXTRA = "limner[c2pa]"


@dataclass(frozen=True, slots=True)
class Signer:
    """Where the chain of certificates and the private key lie; the key is read where it is used."""

    chain: Path
    key: Path
    timestamp_url: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """One picture, and what is said of it. A prompt is a person's own and never part of that.

    `source` is IPTC's name of how it came to be, without the address before it.
    """

    data: bytes
    content_type: str
    source: str
    model: str
    owner: str
    version: str
    signer: Signer


class Unsigned(Exception):
    """The picture could not be signed; the message says why, without anything of the key."""


def installed() -> bool:
    """Whether the library is there, without loading it."""
    return importlib.util.find_spec("c2pa") is not None
