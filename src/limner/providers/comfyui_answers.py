"""Reading what ComfyUI says: of an order it queued, of its queue, and of what became of an order.

An order's name is chosen here, so it can be asked for even where the answer to it was lost.
"""

from collections.abc import Sequence

import msgspec

from limner.providers.base import ProviderError, TaskGone
from limner.providers.comfyui_errors import known, node_errors
from limner.providers.comfyui_fields import WHO
from limner.providers.comfyui_pictures import Picture
from limner.providers.failures import failure
from limner.providers.http import Reply


class ComfyTask(msgspec.Struct, frozen=True):
    """An order for `n` pictures as limner refers to it; `node` is where they are."""

    id: str
    node: str
    seed: int | None
    n: int

    def written(self) -> str:
        return msgspec.json.encode(self).decode()


class Queued(msgspec.Struct, frozen=True):
    prompt_id: str
    node_errors: msgspec.Raw = msgspec.Raw(b"{}")

    def leaves_out(self, node: str) -> bool:
        """Whether a node is not drawn although the order was taken: other outputs of it are."""
        errors = node_errors(self.node_errors)
        return node in errors or any(node in one.dependent_outputs for one in errors.values())


class Queue(msgspec.Struct, frozen=True):
    """What runs and what waits; the second of each entry is an order's name."""

    queue_running: list[list[msgspec.Raw]] = []
    queue_pending: list[list[msgspec.Raw]] = []

    @property
    def running(self) -> list[str]:
        return [name_of(entry) for entry in self.queue_running]

    @property
    def waiting(self) -> list[str]:
        return [name_of(entry) for entry in self.queue_pending]


class Output(msgspec.Struct, frozen=True):
    images: list[Picture] = []


class Status(msgspec.Struct, frozen=True):
    status_str: str = ""
    messages: list[tuple[str, msgspec.Raw]] = []


class Ended(msgspec.Struct, frozen=True):
    """What the history has of an order that has ended."""

    outputs: dict[str, msgspec.Raw] = {}
    status: Status | None = None

    def pictures(self, node: str) -> Sequence[Picture]:
        try:
            return msgspec.json.decode(self.outputs.get(node, b"{}"), type=Output).images
        except msgspec.MsgspecError:
            return ()


class Failure(msgspec.Struct, frozen=True):
    """An `execution_error`; its words are not read, for they may quote the prompt."""

    node_id: str | None = None
    node_type: str | None = None
    exception_type: str | None = None


def name_of(entry: list[msgspec.Raw]) -> str:
    try:
        return msgspec.json.decode(entry[1], type=str) if len(entry) > 1 else ""
    except msgspec.MsgspecError:
        return ""


def read_queued(reply: Reply) -> Queued | None:
    """None for an answer that does not say whether the order is in the queue."""
    try:
        return msgspec.json.decode(reply.body, type=Queued)
    except msgspec.MsgspecError:
        return None


def read_queue(reply: Reply) -> Queue | None:
    try:
        return msgspec.json.decode(reply.body, type=Queue) if reply.status == 200 else None
    except msgspec.MsgspecError:
        return None


def read_history(reply: Reply) -> dict[str, Ended] | None:
    """What is known of orders that have ended; None for an answer that tells nothing."""
    try:
        ended = msgspec.json.decode(reply.body, type=dict[str, Ended])
    except msgspec.MsgspecError:
        return None
    return ended if reply.status == 200 else None


def read_task(text: str) -> ComfyTask:
    """A reference as it was kept. Raises TaskGone where it is of no use any more."""
    try:
        return msgspec.json.decode(text, type=ComfyTask)
    except msgspec.MsgspecError:
        raise TaskGone(f"{WHO} cannot be asked for this order any more") from None


def ended_badly(ended: Ended) -> ProviderError | None:
    """Why an order brought no picture; None for one that ended well."""
    if ended.status is None or ended.status.status_str != "error":
        return None
    for kind, told in ended.status.messages:
        if kind == "execution_interrupted":
            return failure(WHO, "ran", detail="it was interrupted there")
        if kind == "execution_error":
            return failure(WHO, "ran", detail=why(told))
    return failure(WHO, "ran", detail="status error")


def why(told: msgspec.Raw) -> str:
    try:
        said = msgspec.json.decode(told, type=Failure)
    except msgspec.MsgspecError:
        return "execution_error"
    names = [known(name or "") for name in (said.node_id, said.node_type, said.exception_type)]
    return "node {} ({}) failed with {}".format(*names)
