"""Asking Black Forest Labs how many credits are left: free, and tells whether a key is good."""

import time
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from limner.providers.base import ProviderError
from limner.providers.bfl_errors import WHO, refusal
from limner.providers.failures import no_answer, somebody_else, turned_away
from limner.providers.http import HttpClient, HttpFailure

CHECK_S = 10.0

ANSWERS: Mapping[int, str] = {
    401: "{who} does not accept this key",
    402: "{who} accepts this key, but its account has no credits left",
    403: "{who} does not accept this key",
    404: "nothing tells credits at this address; it has to end where /credits begins, as in .../v1",
    429: "{who} is turning requests away for now: too many of them",
}


class Credits(msgspec.Struct, frozen=True):
    credits: Decimal


async def asked_for_credits(http: HttpClient, url: str, headers: Mapping[str, str]) -> str:
    """What came of `GET /credits`, in plain words. Raises ProviderError when it is of no use."""
    try:
        reply = await http.get(url, headers=headers, timeout_s=CHECK_S)
    except HttpFailure as failed:
        raise no_answer(WHO, failed) from failed
    if reply.status != 200:
        raise turned_away(WHO, reply, refusal(reply, time.time()), ANSWERS)
    try:
        left = msgspec.json.decode(reply.body, type=Credits).credits
    except msgspec.MsgspecError:
        raise somebody_else(WHO) from None
    if left <= 0:
        raise ProviderError(
            ANSWERS[402].format(who=WHO), outcome="known_not_run", reason="provider_account"
        )
    return f"{WHO} accepts the key; {left.normalize():f} credits are left on its account"
