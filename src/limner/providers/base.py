"""The contract between limner and whoever draws: an order goes in, events come out.

A provider never sees a caller, a key of ours or a price. It gets an order that was checked against
the catalog, reports what happens as events, and ends with exactly one `Generated` or by raising
`ProviderError`. Whether a failed order may be given to somebody else depends on `outcome` alone.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias, runtime_checkable

Task: TypeAlias = Literal["generate", "edit", "upscale", "music"]
Scalar: TypeAlias = str | int | float | bool

Outcome: TypeAlias = Literal["ran", "known_not_run", "unknown"]
"""`known_not_run` may be sent again. `ran` and `unknown` may have been billed and never are."""

Reason: TypeAlias = Literal[
    "content_policy_violation",  # the caller's prompt or its picture was refused
    "provider_account",  # the operator's key, quota or billing: never shown as the caller's fault
    "capacity",  # too busy now
    "bad_parameter",  # the upstream refused a parameter our catalog allows
    "model_unavailable",  # the upstream does not know the model (any more)
    "provider_error",  # anything else
]


@dataclass(frozen=True, slots=True)
class InputImage:
    """A picture that goes in, looked at already: its type, pixels, bytes and hex SHA-256.

    `read` gives the bytes, from disk where they are large: call it in a thread, and keep nothing.
    """

    content_type: str
    width: int
    height: int
    size: int
    sha256: str
    read: Callable[[], bytes] = field(repr=False)
    orientation: int = 1
    """How it lies, as EXIF counts; 1 is upright, which is all that a provider is ever given."""


@dataclass(frozen=True, slots=True)
class Order:
    """A checked request as handed to a provider.

    `params` holds what the gate applied, under the public names (`quality`, `size`, ...), sizes
    as `WIDTHxHEIGHT` or `auto`. `width` and `height` are the pixels that are priced. `images` are
    the pictures to work on, in the caller's order; `mask` belongs to the first of them.
    """

    job_id: str
    task: Task
    upstream_model: str
    prompt: str
    n: int
    width: int
    height: int
    output_format: str
    params: Mapping[str, Scalar] = field(default_factory=dict)
    partial_images: int = 0
    timeout_s: float = 300.0
    images: tuple[InputImage, ...] = ()
    mask: InputImage | None = None
    protocol: str = ""
    per_call: int = 0
    given: tuple[str, ...] = ()
    slug: str = ""


@dataclass(frozen=True, slots=True)
class ImageData:
    """One picture or recording as it came: base64 text as the upstream wrote it, or plain bytes.

    A memoryview into the upstream's answer, so that nothing is copied before it must be.
    """

    data: memoryview
    encoding: Literal["base64", "raw"]
    revised_prompt: str | None = None
    seed: int | None = None
    title: str | None = None
    lyrics: str | None = None
    """Words of a song, where it has any."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What the provider metered, in its own units; tokens by bucket, or its own cost figure.

    What it had read before is counted in the cached buckets and not in the others.
    """

    text_in: int = 0
    image_in: int = 0
    text_out: int = 0
    image_out: int = 0
    cost: int | None = None
    text_in_cached: int = 0
    image_in_cached: int = 0

    @property
    def tokens_in(self) -> int:
        return self.text_in + self.image_in + self.text_in_cached + self.image_in_cached

    @property
    def total(self) -> int:
        return self.tokens_in + self.text_out + self.image_out


@dataclass(frozen=True, slots=True)
class Accepted:
    """The upstream took the work; `task` is what it can be asked about later."""

    task: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far along, from 0 to 1; `estimated` when limner guessed it from typical times."""

    done: float
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class PartialImage:
    """A preview, replaced by later ones; `picture` says of which picture of the order it is one."""

    index: int
    image: ImageData
    content_type: str
    picture: int = 0


@dataclass(frozen=True, slots=True)
class Generated:
    """The pictures, in order; may be fewer than ordered, never more are paid for."""

    images: tuple[ImageData, ...]
    usage: Usage | None = None
    provider_request_id: str | None = None
    warnings: tuple[str, ...] = ()
    resolved: Mapping[str, str] = field(default_factory=dict)
    """What the upstream chose where the caller left it open: quality, size, background."""
    lost: int = 0
    """Pictures of the order that may have been drawn and paid for, and did not come."""


ProviderEvent: TypeAlias = Accepted | Progress | PartialImage | Generated


class ProviderError(Exception):
    """A provider could not do an order. The message is safe to show and holds no upstream text."""

    def __init__(
        self,
        message: str,
        *,
        outcome: Outcome,
        reason: Reason = "provider_error",
        retry_after: float | None = None,
        detail: str = "",
        provider_request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.outcome = outcome
        self.reason = reason
        self.retry_after = retry_after
        self.detail = detail
        """For the operator's eyes: upstream status and code, never a key or a body."""
        self.provider_request_id = provider_request_id

    def __str__(self) -> str:
        return self.message  # to which the name of a parameter may have been added


class TaskGone(ProviderError):
    """The upstream knows nothing of a task it gave: nobody will ever know what became of it."""

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message, outcome="unknown", detail=detail)


def must_be(order: Order, who: str, *tasks: Task) -> None:
    """Turn away an order for something else than these tasks."""
    if order.task not in tasks:
        raise ProviderError(
            f"{who} was given an order to {order.task}, which it does not do here",
            outcome="known_not_run",
            reason="bad_parameter",
        )


@runtime_checkable
class ResumingProvider(Protocol):
    """Whoever can be asked what became of an order, by the task that `Accepted` gave."""

    def resume(self, order: Order, task: str) -> AsyncGenerator[ProviderEvent, None]:
        """Ask until the task has ended; the events are those of `run` from there on.

        The order has no prompt and no pictures: nothing is sent again, whatever happens. Raises
        ProviderError, TaskGone where there is no sense in asking again.
        """
        ...


@runtime_checkable
class CancellingProvider(Protocol):
    """Whoever bills nothing, and can be told that nobody wants a task's pictures any more."""

    async def cancel(self, task: str) -> None:
        """Leave off, by the task that `Accepted` gave. Raises ProviderError if that was not told.

        What has ended, or never came, is no trouble.
        """
        ...


class ImageProvider(Protocol):
    """Whoever draws. `repeatable` says that running an order twice harms and costs nobody.

    One whose work goes on by itself, behind a task, is a `ResumingProvider` too.
    """

    repeatable: bool

    def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        """Do the order; the last event is `Generated`, every failure a ProviderError."""
        ...

    async def check(self) -> str:
        """Ask whether an order would be taken, for free; the answer in an operator's words.

        Raises ProviderError when it would not.
        """
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


def may_be_cancelled(provider: ImageProvider) -> bool:
    """Whether an order costs nobody anything if it is left alone half done."""
    return provider.repeatable or isinstance(provider, CancellingProvider)
