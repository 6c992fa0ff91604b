"""An order that fal took, as limner refers to it: by the addresses that fal gave.

They are not made up here, because they are not a model's name with something behind it. Those under
fal's own domain alone are asked, for the key goes along.
"""

import msgspec

from limner.providers.base import TaskGone
from limner.providers.failures import failure
from limner.providers.fal_errors import WHO
from limner.providers.home import Home
from limner.providers.http import Reply

DOMAIN = "fal.run"


class Submitted(msgspec.Struct, frozen=True):
    request_id: str
    status_url: str
    response_url: str
    cancel_url: str = ""


class FalTask(msgspec.Struct, frozen=True):
    """An order that was taken, as limner refers to it."""

    id: str
    status: str
    response: str
    cancel: str = ""

    def written(self) -> str:
        return msgspec.json.encode(self).decode()


def read_submitted(reply: Reply, home: Home) -> FalTask:
    """The task of an order that was taken. Raises ProviderError when nobody can ask for it."""
    try:
        said = msgspec.json.decode(reply.body, type=Submitted)
    except msgspec.MsgspecError:
        raise failure(WHO, "ran", detail=f"HTTP {reply.status}, which cannot be read") from None
    if not (home.covers(said.status_url) and home.covers(said.response_url)):
        raise failure(WHO, "ran", detail="a task outside the provider's own domain")
    cancel = said.cancel_url if home.covers(said.cancel_url) else ""
    return FalTask(said.request_id, said.status_url, said.response_url, cancel)


def read_task(text: str, home: Home) -> FalTask:
    """A reference as it was kept. Raises TaskGone where it is of no use any more."""
    try:
        task = msgspec.json.decode(text, type=FalTask)
    except msgspec.MsgspecError:
        raise TaskGone(f"{WHO} cannot be asked for this order any more") from None
    if not all(home.covers(url) for url in (task.status, task.response)):
        raise TaskGone(
            f"{WHO} cannot be asked for this order any more",
            detail="its task is at another address than the provider is now",
        )
    return task if home.covers(task.cancel) else msgspec.structs.replace(task, cancel="")
