"""What the outcome tests of all providers judge by; their rows stay with each of them."""

from typing import TypeAlias

from tests.providers.orders import drained
from tests.providers.secrets import KEY, UPSTREAM_TEXT, everything_told

from limner.providers.base import Generated, ImageProvider, Order, Outcome, ProviderError, Reason

Verdict: TypeAlias = tuple[Outcome, Reason]

POLICY: Verdict = ("ran", "content_policy_violation")
ACCOUNT: Verdict = ("known_not_run", "provider_account")
BUSY: Verdict = ("known_not_run", "capacity")
PARAMETER: Verdict = ("known_not_run", "bad_parameter")
NO_MODEL: Verdict = ("known_not_run", "model_unavailable")
NOT_TAKEN: Verdict = ("known_not_run", "provider_error")
RAN: Verdict = ("ran", "provider_error")
OPEN: Verdict = ("unknown", "provider_error")


def judged(error: ProviderError) -> Verdict:
    return error.outcome, error.reason


def safe(error: ProviderError) -> ProviderError:
    """The same error, which holds no key, no word of the upstream's and no address."""
    for secret in (KEY, UPSTREAM_TEXT, "127.0.0.1"):
        assert secret not in everything_told(error)
    return error


async def outcome_of(provider: ImageProvider, order: Order) -> ProviderError | Generated:
    """How an order ended, whichever way."""
    try:
        last = (await drained(provider.run(order)))[-1]
    except ProviderError as error:
        return safe(error)
    assert isinstance(last, Generated)
    return last
