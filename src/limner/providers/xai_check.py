"""Asking xAI about the key itself: the one question that costs nothing and says what is wrong."""

import time
from collections.abc import Mapping

import msgspec

from limner.providers.base import ProviderError
from limner.providers.failures import no_answer, somebody_else, turned_away
from limner.providers.http import HttpClient, HttpFailure, Reply
from limner.providers.xai_errors import WHO, refusal

CHECK_S = 10.0

ANSWERS: Mapping[int, str] = {
    401: "{who} does not accept this key",
    403: "{who} knows this key and lets it do nothing",
    404: "nothing knows keys at this address; it has to end where /api-key begins, as in .../v1",
    429: "{who} is turning requests away for now: too many of them",
}
BAD_KEY: Mapping[int, str] = {400: "{who} does not accept this key"}


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """What xAI tells about a key; the names are those of its answer."""

    api_key_blocked: bool
    api_key_disabled: bool = False
    team_blocked: bool = False

    def trouble(self) -> str:
        """Why no order of this key would be taken, empty when it would be."""
        if self.team_blocked:
            return (
                "xai knows this key, but has blocked its team: look at billing and messages there"
            )
        if self.api_key_blocked:
            return "xai has blocked this key"
        return "this key is switched off in xai's console" if self.api_key_disabled else ""


async def asked_for_key(http: HttpClient, url: str, headers: Mapping[str, str]) -> str:
    """What came of `GET /api-key`, in plain words. Raises ProviderError when it is of no use."""
    try:
        reply = await http.get(url, headers=headers, timeout_s=CHECK_S)
    except HttpFailure as failed:
        raise no_answer(WHO, failed) from failed
    if reply.status != 200:
        raise refused(reply)
    try:
        key = msgspec.json.decode(reply.body, type=Key)
    except msgspec.MsgspecError:
        raise somebody_else(WHO) from None
    if trouble := key.trouble():
        raise ProviderError(trouble, outcome="known_not_run", reason="provider_account")
    return "xai accepts the key"


def refused(reply: Reply) -> ProviderError:
    would_be = refusal(reply, time.time())
    account = would_be.reason == "provider_account"
    return turned_away(WHO, reply, would_be, {**ANSWERS, **(BAD_KEY if account else {})})
