"""What a guard is: words no prompt may hold, and somebody to ask about prompts and pictures."""

from typing import Annotated, Literal

import msgspec

MOST_BLOCKED, LONGEST_BLOCKED = 10_000, 200


class GuardTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One `[guards.NAME]` table of the settings."""

    blocked: tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_BLOCKED)], ...] = ()
    """Words and phrases: whole ones, whatever their case, accents of the same letter alike."""
    url: str = ""
    """Who is asked, by POST; empty for nobody."""
    secret_env: str = ""
    """The variable with what is sent as a bearer token."""
    before: bool = True
    """Asked with the prompt and the pictures to work on, before a provider is."""
    after: bool = True
    """Asked with the finished pictures, before anybody sees them."""
    timeout_s: Annotated[float, msgspec.Meta(gt=0, le=60)] = 5.0
    on_failure: Literal["closed", "open"] = "closed"
    """What holds when nobody answers in time: nothing passes, or everything does."""

    def __post_init__(self) -> None:
        if len(self.blocked) > MOST_BLOCKED:
            raise ValueError(f"at most {MOST_BLOCKED:,} words can be blocked")
        if not self.blocked and not self.url:
            raise ValueError("it needs words in `blocked`, or a `url` to ask")
        if self.url and not self.url.startswith(("http://", "https://")):
            raise ValueError("url must begin with http:// or https://")

    @property
    def asks_before(self) -> bool:
        return bool(self.url) and self.before

    @property
    def asks_after(self) -> bool:
        return bool(self.url) and self.after
