"""Asking OpenAI whether it would take an order, by the one question that costs nothing.

Written for the operator, who may read what a caller never sees: whose key was refused and why the
upstream cannot be reached.
"""

import time
from collections.abc import Mapping

import msgspec

from limner.providers.base import ProviderError
from limner.providers.http import HttpClient, HttpFailure, Reply
from limner.providers.openai_errors import refusal

CHECK_S = 10.0

ANSWERS: Mapping[int, str] = {
    401: "openai does not accept this key",
    403: "openai accepts this key but lets it list no models",
    404: "nothing lists models at this address; it has to end where /models begins, as in .../v1",
    429: "openai is turning requests away for now: too many of them, or no credit left",
}


class Listed(msgspec.Struct, frozen=True):
    id: str


class Models(msgspec.Struct, frozen=True):
    data: list[Listed]


async def asked_for_models(http: HttpClient, url: str, headers: Mapping[str, str]) -> str:
    """What came of `GET /models`, in plain words. Raises ProviderError when it was no list."""
    try:
        reply = await http.get(url, headers=headers, timeout_s=CHECK_S)
    except HttpFailure as failure:
        raise ProviderError(
            f"openai cannot be reached ({failure.what})", outcome="known_not_run"
        ) from failure
    if reply.status != 200:
        raise turned_away(reply)
    try:
        models = msgspec.json.decode(reply.body, type=Models).data
    except msgspec.MsgspecError:
        raise ProviderError(
            "something answers at this address, but not as openai does", outcome="known_not_run"
        ) from None
    return f"openai accepts the key and lists {len(models)} models"


def turned_away(reply: Reply) -> ProviderError:
    """A status other than 200; the reason is the one an order would have met."""
    would_be = refusal(reply, time.time())
    return ProviderError(
        ANSWERS.get(reply.status, f"openai answers with HTTP {reply.status}"),
        outcome="known_not_run",
        reason=would_be.reason,
        retry_after=would_be.retry_after,
        detail=would_be.detail,
    )
