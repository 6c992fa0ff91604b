"""Asking an upstream for its models: the one question that costs nothing, and needs the key.

Written for the operator, who may read what a caller never sees: whose key was refused and why the
upstream cannot be reached.
"""

import time
from collections.abc import Callable, Mapping

import msgspec

from limner.providers import failures
from limner.providers.base import ProviderError
from limner.providers.http import HttpClient, HttpFailure, Reply
from limner.providers.openai_errors import refusal

CHECK_S = 10.0

ANSWERS: Mapping[int, str] = {
    401: "{who} does not accept this key",
    403: "{who} accepts this key but lets it list no models",
    404: "nothing lists models at this address; it has to end where /models begins, as in .../v1",
    429: "{who} is turning requests away for now: too many of them",
}


class Models(msgspec.Struct, frozen=True):
    """Google calls the list otherwise than all others."""

    data: list[msgspec.Raw] | None = None
    models: list[msgspec.Raw] | None = None


async def asked_for_models(
    http: HttpClient,
    url: str,
    headers: Mapping[str, str],
    *,
    who: str = "openai",
    meaning: Callable[[Reply, float], ProviderError] = refusal,
) -> str:
    """What came of `GET /models`, in plain words. Raises ProviderError when it was no list.

    `meaning` says what an order would have been told with the same status.
    """
    try:
        reply = await http.get(url, headers=headers, timeout_s=CHECK_S)
    except HttpFailure as failure:
        raise ProviderError(
            f"{who} cannot be reached ({failure.what})", outcome="known_not_run"
        ) from failure
    if reply.status != 200:
        raise turned_away(reply, who, meaning(reply, time.time()))
    models = listed(reply.body)
    if models is None:
        raise ProviderError(
            f"something answers at this address, but not as {who} does", outcome="known_not_run"
        )
    return f"{who} accepts the key and lists {len(models)} models"


def listed(body: bytes) -> list[msgspec.Raw] | None:
    try:
        read = msgspec.json.decode(body, type=Models)
    except msgspec.MsgspecError:
        return None
    return read.models if read.data is None else read.data


def turned_away(reply: Reply, who: str, would_be: ProviderError) -> ProviderError:
    """A status other than 200; the reason is the one an order would have met."""
    return failures.turned_away(who, reply, would_be, ANSWERS)
