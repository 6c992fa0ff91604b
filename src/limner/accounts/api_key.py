"""API keys: shown once, stored as a digest, resolved to a caller in microseconds.

A key is `inf_` and 36 base62 characters (214 bits) for live work, `inf_test_` and 36 for test mode,
`inf_admin_` and 36 for administration. High entropy makes a slow password hash pointless; the
digest is keyed with the server's pepper, so a stolen table of digests cannot even be tried.
"""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from limner.accounts.limits import NO_OPTIONS, NONE, Limits, Options
from limner.ids import base62
from limner.retention import Retention

Kind: TypeAlias = Literal["live", "test", "admin"]
PREFIXES: dict[Kind, str] = {"live": "inf_", "test": "inf_test_", "admin": "inf_admin_"}
SECRET_CHARS = 36
PATTERN = re.compile(r"inf_[A-Za-z0-9_]{16,128}", re.ASCII)
SHOWN_CHARS = 8

INVALID = "Invalid API key. Incorrect API key provided; keys look like inf_… and are shown once."
"""One text for a missing, unknown, revoked or expired key. LiteLLM's client knows a 401 by the
words "Incorrect API key provided"."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key once it was shown: everything but the key."""

    id: str
    workspace_id: str | None
    kind: Kind
    name: str
    prefix: str
    last_four: str
    allowed_models: tuple[str, ...]
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    limits: Limits = NONE
    """As they were set for this key, which may be looser than what holds for it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The workspace and key behind one request."""

    workspace_id: str
    key_id: str
    mode: Literal["live", "test"]
    allowed_models: tuple[str, ...] = ("*",)
    limits: Limits = NONE
    """What holds for the key, whoever set it."""
    options: Options = NO_OPTIONS
    """The workspace's."""

    def retention(self, server: Retention) -> Retention:
        """How long what it makes is kept."""
        word = self.options.retention
        return server if word is None else Retention.read(word)

    def may_use(self, slug: str) -> bool:
        return "*" in self.allowed_models or slug in self.allowed_models

    def wait_s(self, most: float) -> float:
        """How long to wait for this caller's pictures, at most."""
        own = self.options.sync_wait_s
        return most if own is None else min(most, own)


def minted(kind: Kind) -> str:
    """A fresh key of a kind."""
    return PREFIXES[kind] + base62(SECRET_CHARS)
