"""Reading what Black Forest Labs says: of an order it took, and of the task that became of it.

What an order costs is told when it is taken and never again, so it is part of the task's reference.
Only an address under the provider's own domain is asked about a task, for the key goes along.
"""

from decimal import Decimal

import msgspec

from limner.providers.base import ProviderError, TaskGone, Usage
from limner.providers.bfl_errors import WHO
from limner.providers.failures import failure
from limner.providers.home import Home
from limner.providers.http import Reply

DOMAIN = "bfl.ai"
TICKS_PER_CREDIT = 10**8
"""A credit of theirs is a US cent, and `Usage.cost` counts ticks of 1e-10 US dollars."""

REFUSED = ("Request Moderated", "Content Moderated")
FAILED = ("Error", "Failed")
READY, GONE = "Ready", "Task not found"


class Submitted(msgspec.Struct, frozen=True):
    id: str
    polling_url: str
    cost: Decimal | None = None


class Sample(msgspec.Struct, frozen=True):
    sample: str | None = None
    seed: int | None = None


class Result(msgspec.Struct, frozen=True):
    """What became of a task so far; a status nobody knows is one that goes on."""

    status: str
    progress: float | None = None
    result: Sample | None = None

    @property
    def ready(self) -> str | None:
        """The link to the picture, once it is drawn."""
        return self.result.sample if self.result and self.status == READY else None


class BflTask(msgspec.Struct, frozen=True):
    """A task as limner refers to it."""

    id: str
    url: str
    cost: str | None = None

    @property
    def usage(self) -> Usage | None:
        if self.cost is None:
            return None
        return Usage(cost=int(Decimal(self.cost) * TICKS_PER_CREDIT))

    def written(self) -> str:
        return msgspec.json.encode(self).decode()


def read_submitted(reply: Reply, home: Home) -> BflTask:
    """The task of an order that was taken. Raises ProviderError when nobody can ask for it."""
    try:
        said = msgspec.json.decode(reply.body, type=Submitted)
    except msgspec.MsgspecError:
        raise failure(WHO, "ran", detail="HTTP 200, which cannot be read") from None
    if not home.covers(said.polling_url):
        raise failure(WHO, "ran", detail="a polling_url outside the provider's own domain")
    cost = said.cost if said.cost is not None and said.cost.is_finite() else None
    return BflTask(said.id, said.polling_url, None if cost is None else str(cost))


def read_task(text: str, home: Home) -> BflTask:
    """A reference as it was kept. Raises TaskGone where it is of no use any more."""
    try:
        task = msgspec.json.decode(text, type=BflTask)
    except msgspec.MsgspecError:
        raise TaskGone(f"{WHO} cannot be asked for this order any more") from None
    if not home.covers(task.url):
        raise TaskGone(
            f"{WHO} cannot be asked for this order any more",
            detail="its task is at another address than the provider is now",
        )
    return task


def read_reply(reply: Reply) -> Result | None:
    """What became of a task; None for an answer that says nothing about it."""
    if reply.status not in (200, 404):
        return None
    try:
        return msgspec.json.decode(reply.body, type=Result)
    except msgspec.MsgspecError:
        return None


def ended_badly(result: Result) -> ProviderError | None:
    """Why a task will bring no picture; None for one that may."""
    if result.status in REFUSED:
        return failure(WHO, "ran", "content_policy_violation", detail=result.status)
    if result.status in FAILED:
        return failure(WHO, "ran", detail=f"status {result.status}")
    if result.status == READY and not result.ready:
        return failure(WHO, "ran", detail="status Ready without a picture")
    return None
