"""What a refusal of fal's queue means: it refuses an order before it is one, so that never ran.

500 is an error nobody expected, and nothing can be asked for behind it: it counts as run. What an
order that was taken ends with is read in `fal_ends.py`.
"""

import re
from collections.abc import Mapping

import msgspec

from limner.providers.base import Outcome, ProviderError, Reason
from limner.providers.failures import failure
from limner.providers.http import Reply, retry_after

WHO = "fal"
ANY = "*"
"""Stands for a readable envelope; None for an answer without one."""

OUTCOMES: Mapping[tuple[int, str | None], tuple[Outcome, Reason]] = {
    (301, None): ("known_not_run", "provider_error"),
    (307, None): ("known_not_run", "provider_error"),
    (308, None): ("known_not_run", "provider_error"),
    (400, ANY): ("known_not_run", "bad_parameter"),
    (401, ANY): ("known_not_run", "provider_account"),
    (401, None): ("known_not_run", "provider_account"),
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
    "prompt|image_size|aspect_ratio|num_images|seed|num_inference_steps|guidance_scale|raw"
    "|output_format|safety_tolerance|enhance_prompt|enable_prompt_expansion|negative_prompt"
    "|image_urls?|mask_url|upscale_factor|creativity|resemblance"
)


class Fault(msgspec.Struct, frozen=True):
    """One entry of the list that names what was wrong."""

    type: str = ""
    loc: tuple[str | int, ...] = ()

    @property
    def field(self) -> str | None:
        """The field, if it is one that limner sends; the place in a list comes behind its name."""
        return next((str(part) for part in self.loc if SENT_NAME.fullmatch(str(part))), None)


class Envelope(msgspec.Struct, frozen=True):
    """`detail` is a text or a list of faults; `error_type` is told where no model was to blame."""

    detail: msgspec.Raw = msgspec.Raw(b"null")
    error_type: str | None = None

    @property
    def says_something(self) -> bool:
        return bytes(self.detail) != b"null" or self.error_type is not None

    @property
    def faults(self) -> list[Fault]:
        try:
            return msgspec.json.decode(self.detail, type=list[Fault])
        except msgspec.MsgspecError:
            return []


def refusal(reply: Reply, now: float) -> ProviderError:
    """What a status means that took no order; `now` in unix seconds reads dates."""
    envelope = envelope_of(reply.body)
    outcome, reason = OUTCOMES.get((reply.status, ANY if envelope else None), UNKNOWN)
    error = failure(
        WHO,
        outcome,
        reason,
        detail=f"HTTP {reply.status}" + ("" if envelope else " no error envelope"),
        retry_after=retry_after(reply.headers, now) if reason == "capacity" else None,
    )
    return with_field(error, envelope)


def with_field(error: ProviderError, envelope: Envelope | None) -> ProviderError:
    """The same, naming the parameter that was refused where that is known."""
    named = [fault.field for fault in envelope.faults if fault.field] if envelope else []
    if error.reason == "bad_parameter" and named:
        error.message += f": {named[0]}"
    return error


def envelope_of(body: bytes) -> Envelope | None:
    try:
        envelope = msgspec.json.decode(body, type=Envelope)
    except msgspec.MsgspecError:
        return None
    return envelope if envelope.says_something else None
