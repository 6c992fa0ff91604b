"""Asking fal for an order that never was: free, and turned away with a key that is not taken.

It cannot be told beforehand whether the account has credits: fal says that to orders alone.
"""

import time
from collections.abc import Mapping

from limner.providers.failures import no_answer, somebody_else, turned_away
from limner.providers.fal_errors import WHO, envelope_of, refusal
from limner.providers.http import HttpClient, HttpFailure

CHECK_S = 10.0
NO_ORDER = "fal-ai/flux/requests/00000000-0000-0000-0000-000000000000/status"

ANSWERS: Mapping[int, str] = {
    401: "{who} does not accept this key",
    403: "{who} knows this key and lets it do nothing: look at its account",
    429: "{who} is turning requests away for now: too many of them",
}


async def asked_for_no_order(http: HttpClient, base_url: str, headers: Mapping[str, str]) -> str:
    """What came of it, in plain words. Raises ProviderError."""
    try:
        reply = await http.get(f"{base_url}/{NO_ORDER}", headers=headers, timeout_s=CHECK_S)
    except HttpFailure as failed:
        raise no_answer(WHO, failed) from failed
    if reply.status in (200, 404):
        if envelope_of(reply.body) is None:
            raise somebody_else(WHO)
        return f"{WHO} answers and does not turn the key away; orders alone tell what is left of it"
    raise turned_away(WHO, reply, refusal(reply, time.time()), ANSWERS)
