"""What a refusal of Black Forest Labs means: did the order run, and whose fault is it.

An order that is taken is a task from then on, so a refusal of the first call is mostly about an
order that never ran. 503 is documented as high load or maintenance, to be tried again. 500 is an
error nobody expected, and no task can be asked for behind it: it counts as run.
"""

import re
from collections.abc import Mapping

import msgspec

from limner.providers.base import Outcome, ProviderError, Reason
from limner.providers.failures import failure
from limner.providers.http import Reply, retry_after

WHO = "bfl"
ANY = "*"
"""Stands for a readable envelope; None for an answer without one."""

OUTCOMES: Mapping[tuple[int, str | None], tuple[Outcome, Reason]] = {
    (301, None): ("known_not_run", "provider_error"),
    (307, None): ("known_not_run", "provider_error"),
    (308, None): ("known_not_run", "provider_error"),
    (400, ANY): ("known_not_run", "bad_parameter"),
    (401, ANY): ("known_not_run", "provider_account"),
    (401, None): ("known_not_run", "provider_account"),
    (402, ANY): ("known_not_run", "provider_account"),
    (402, None): ("known_not_run", "provider_account"),
    (403, ANY): ("known_not_run", "provider_account"),
    (403, None): ("known_not_run", "provider_account"),
    (404, ANY): ("known_not_run", "model_unavailable"),
    (404, None): ("known_not_run", "provider_error"),
    (422, ANY): ("known_not_run", "bad_parameter"),
    (429, ANY): ("known_not_run", "capacity"),
    (429, None): ("known_not_run", "capacity"),
    (500, ANY): ("ran", "provider_error"),
    (503, ANY): ("known_not_run", "capacity"),
}
"""(status, envelope) -> outcome and reason; what is not listed is unknown."""

UNKNOWN: tuple[Outcome, Reason] = ("unknown", "provider_error")

SENT_NAME = re.compile(
    "prompt|width|height|aspect_ratio|seed|safety_tolerance|steps|guidance|prompt_upsampling|raw"
    "|output_format|image|mask|input_image(_[2-8])?"
)


class Fault(msgspec.Struct, frozen=True):
    """One entry of the list that names what was wrong; `loc` ends with the field."""

    loc: tuple[str | int, ...] = ()

    @property
    def field(self) -> str:
        return str(self.loc[-1]) if self.loc else ""


class Envelope(msgspec.Struct, frozen=True):
    """Three are in use: `detail` as a text, a list or an object, `message`, and `error`."""

    detail: msgspec.Raw = msgspec.Raw(b"null")
    message: msgspec.Raw = msgspec.Raw(b"null")
    error: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def says_something(self) -> bool:
        return any(bytes(one) != b"null" for one in (self.detail, self.message, self.error))

    @property
    def field(self) -> str | None:
        """The field that was wrong, if it is named and one that limner sends."""
        try:
            faults = msgspec.json.decode(self.detail, type=list[Fault])
        except msgspec.MsgspecError:
            return None
        named = (fault.field for fault in faults)
        return next((name for name in named if SENT_NAME.fullmatch(name)), None)


def refusal(reply: Reply, now: float) -> ProviderError:
    """What a status other than 200 means; `now` in unix seconds reads dates in `retry-after`."""
    envelope = envelope_of(reply.body)
    outcome, reason = OUTCOMES.get((reply.status, ANY if envelope else None), UNKNOWN)
    error = failure(
        WHO,
        outcome,
        reason,
        detail=f"HTTP {reply.status}" + ("" if envelope else " no error envelope"),
        retry_after=retry_after(reply.headers, now) if reason == "capacity" else None,
    )
    if reason == "bad_parameter" and envelope and envelope.field:
        error.message += f": {envelope.field}"
    return error


def envelope_of(body: bytes) -> Envelope | None:
    try:
        envelope = msgspec.json.decode(body, type=Envelope)
    except msgspec.MsgspecError:
        return None
    return envelope if envelope.says_something else None
