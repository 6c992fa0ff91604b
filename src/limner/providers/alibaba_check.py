"""Asking Alibaba for a task that never was: the one question that is free and needs a good key."""

import time
from collections.abc import Callable, Mapping

from limner.providers.alibaba_answers import read
from limner.providers.alibaba_errors import WHO, code_of, refusal
from limner.providers.base import ProviderError
from limner.providers.failures import no_answer, somebody_else, turned_away
from limner.providers.http import HttpClient, HttpFailure, Reply

CHECK_S = 10.0
NO_TASK = "00000000-0000-0000-0000-000000000000"

ANSWERS: Mapping[int, str] = {
    401: "{who} does not accept this key here; a key belongs to one region",
    403: "{who} knows this key and lets it do nothing here",
    429: "{who} is turning requests away for now: too many of them",
}


async def asked_for_no_task(
    http: HttpClient, url: Callable[[str], str], headers: Mapping[str, str]
) -> str:
    """What came of `GET /api/v1/tasks/...`, in plain words. Raises ProviderError."""
    try:
        reply = await http.get(url(NO_TASK), headers=headers, timeout_s=CHECK_S)
    except HttpFailure as failed:
        raise no_answer(WHO, failed) from failed
    if not knows_no_such_task(reply):
        raise (
            somebody_else(WHO)
            if reply.status == 200
            else turned_away(WHO, reply, refusal(reply, time.time()), ANSWERS)
        )
    return f"{WHO} accepts the key"


def knows_no_such_task(reply: Reply) -> bool:
    """Said as a state, or as a refusal of the task alone."""
    if reply.status == 200:
        try:
            output = read(reply).output
        except ProviderError:
            return False
        return output is not None and output.task_status is not None
    account = refusal(reply, 0.0).reason == "provider_account"
    return reply.status in (400, 404) and code_of(reply.body) is not None and not account
