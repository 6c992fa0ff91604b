"""From a bearer key to the caller behind it."""

from limner.accounts.accounts import Accounts
from limner.accounts.api_key import Caller
from limner.api.asgi import Scope, header

BEARER = "bearer "


async def authenticated(scope: Scope, accounts: Accounts, *, creates: bool = False) -> Caller:
    """Who sent a request. Raises InvalidApiKey, alike whatever is wrong with the key.

    Raises RateLimited for one who asks too often; what creates a job is counted where it is
    admitted, and not here.
    """
    caller = await accounts.caller(bearer_key(scope))
    if not creates:
        accounts.polls.count(caller.key_id)
    return caller


def bearer_key(scope: Scope) -> str | None:
    """The key of `Authorization: Bearer inf_…`; a bare key is understood too."""
    given = header(scope, b"authorization")
    if given is None:
        return None
    return given[len(BEARER) :].strip() if given.lower().startswith(BEARER) else given.strip()
