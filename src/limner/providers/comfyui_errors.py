"""What a refusal of ComfyUI means: was the order queued, and whose fault is it.

ComfyUI checks a graph before it queues it, and answers 400 with what is wrong and where. That is
the caller's doing where a parameter of the order went to that place, else the workflow's. Whatever
else comes back leaves open whether the order is in the queue, where it has a name to be found by.
"""

import re
import time
from collections.abc import Iterator, Mapping

import msgspec

from limner.providers.base import Order, Outcome, ProviderError, Reason
from limner.providers.comfyui_fields import WHO
from limner.providers.comfyui_places import Place
from limner.providers.comfyui_workflows import Workflow
from limner.providers.failures import failure
from limner.providers.http import Reply, retry_after

ANY = "*"
"""Stands for ComfyUI's own envelope; None for an answer without one, of whatever stands before."""

OUTCOMES: Mapping[tuple[int, str | None], tuple[Outcome, Reason]] = {
    (301, None): ("known_not_run", "provider_error"),
    (307, None): ("known_not_run", "provider_error"),
    (308, None): ("known_not_run", "provider_error"),
    (400, ANY): ("known_not_run", "model_unavailable"),
    (401, None): ("known_not_run", "provider_account"),
    (403, None): ("known_not_run", "provider_account"),
    (404, None): ("known_not_run", "provider_error"),
    (405, None): ("known_not_run", "provider_error"),
    (413, None): ("known_not_run", "bad_parameter"),
    (429, None): ("known_not_run", "capacity"),
    (503, None): ("known_not_run", "capacity"),
}
"""(status, envelope) -> outcome and reason; what is not listed is unknown.

A 400 about a place that a caller's parameter went to is `bad_parameter`.
"""

UNKNOWN: tuple[Outcome, Reason] = ("unknown", "provider_error")
WORD = re.compile(r"[A-Za-z0-9_.:-]{1,60}")
PIXELS = {"width": "size", "height": "size"}
"""What callers know by another name."""
CALLERS = frozenset({"prompt", "n", "width", "height", "image", "mask"})
"""Always a caller's, where the other parameters are if the caller gave them."""


class Extra(msgspec.Struct, frozen=True):
    input_name: str | None = None


class Complaint(msgspec.Struct, frozen=True):
    type: str = ""
    extra_info: Extra = Extra()


class NodeError(msgspec.Struct, frozen=True):
    errors: list[Complaint] = []
    dependent_outputs: list[str] = []


NodeErrors = dict[str, NodeError]


class Said(msgspec.Struct, frozen=True):
    type: str


class Envelope(msgspec.Struct, frozen=True):
    error: Said
    node_errors: msgspec.Raw = msgspec.Raw(b"{}")


def refusal(reply: Reply, workflow: Workflow, order: Order) -> ProviderError:
    """What a status other than 200 means for an order."""
    envelope = envelope_of(reply.body)
    outcome, reason = OUTCOMES.get((reply.status, ANY if envelope else None), UNKNOWN)
    faults = list(complained(envelope)) if envelope else []
    blamed = sorted({name for place, _ in faults for name in callers(place, workflow, order)})
    if outcome == "known_not_run" and blamed:
        reason = "bad_parameter"
    error = failure(
        WHO,
        outcome,
        reason,
        detail=" ".join([f"HTTP {reply.status}", *described(envelope, faults)]),
        retry_after=retry_after(reply.headers, time.time()) if reason == "capacity" else None,
    )
    if reason == "bad_parameter" and blamed:
        error.message += f": {', '.join(blamed)}"
    return error


def envelope_of(body: bytes) -> Envelope | None:
    try:
        return msgspec.json.decode(body, type=Envelope)
    except msgspec.MsgspecError:
        return None


def node_errors(told: msgspec.Raw) -> NodeErrors:
    """By node; an empty list stands for none, too."""
    try:
        return msgspec.json.decode(told, type=NodeErrors)
    except msgspec.MsgspecError:
        return {}


def complained(envelope: Envelope) -> Iterator[tuple[Place, str]]:
    """Each place that was complained of, and the word for why."""
    for node, error in node_errors(envelope.node_errors).items():
        for one in error.errors:
            yield Place(node, one.extra_info.input_name or ""), one.type


def callers(place: Place, workflow: Workflow, order: Order) -> Iterator[str]:
    """The caller's parameters that went to a place, by the names a caller knows."""
    for name, places in workflow.takes.items():
        if place in places and (name in CALLERS or name in order.given):
            yield PIXELS.get(name, name)


def described(envelope: Envelope | None, faults: list[tuple[Place, str]]) -> Iterator[str]:
    """For the operator: ComfyUI's own names of things, as far as they look like names."""
    if envelope is None:
        return
    yield known(envelope.error.type)
    for place, why in faults[:3]:
        yield f"[node {known(place.node)} {known(place.input)}: {known(why)}]"


def known(word: str) -> str:
    return word if WORD.fullmatch(word) else "?"
