"""What adapters say alike of an upstream that failed: in our words, with none of the upstream's."""

import re
from collections.abc import Mapping

from limner.providers.account_trouble import account_trouble
from limner.providers.base import Outcome, ProviderError, Reason
from limner.providers.http import HttpFailure, NotSent, Reply, TooLarge

SENTENCES: Mapping[Reason | Outcome, str] = {
    "content_policy_violation": "{who} refused the prompt or its picture for its content",
    "provider_account": "{who} turned this server's account away; its operator has to look at it",
    "capacity": "{who} has no room for this order now",
    "bad_parameter": "{who} refused a parameter of this order",
    "model_unavailable": "{who} does not offer this model to this server",
    "ran": "{who} failed to draw this order",
    "known_not_run": "{who} did not take this order",
    "unknown": "{who} left open whether this order was drawn",
}
REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


def failure(
    who: str,
    outcome: Outcome,
    reason: Reason = "provider_error",
    *,
    detail: str,
    retry_after: float | None = None,
    provider_request_id: str | None = None,
) -> ProviderError:
    """A failure in the sentence that fits it; `detail` is for the operator."""
    text = SENTENCES[outcome if reason == "provider_error" else reason]
    return ProviderError(
        text.format(who=who),
        outcome=outcome,
        reason=reason,
        retry_after=retry_after,
        detail=detail,
        provider_request_id=provider_request_id,
    )


def failed_call(who: str, failed: HttpFailure) -> ProviderError:
    """A call without a usable answer."""
    outcome: Outcome = "unknown"
    if isinstance(failed, NotSent):
        outcome = "known_not_run"
    elif isinstance(failed, TooLarge):
        outcome = "ran"
    return failure(who, outcome, detail=failed.what)


def not_taken(message: str) -> ProviderError:
    """An order that is turned away here, because its upstream would not do it."""
    return ProviderError(message, outcome="known_not_run", reason="bad_parameter")


def no_answer(who: str, failed: HttpFailure) -> ProviderError:
    """For a check that reached nobody."""
    return ProviderError(f"{who} cannot be reached ({failed.what})", outcome="known_not_run")


def somebody_else(who: str) -> ProviderError:
    """For a check whose answer is not of the upstream that was meant."""
    return ProviderError(
        f"something answers at this address, but not as {who} does", outcome="known_not_run"
    )


def turned_away(
    who: str, reply: Reply, would_be: ProviderError, words: Mapping[int, str]
) -> ProviderError:
    """For a check that was refused: with the reason an order would have met."""
    return ProviderError(
        refused_check(who, reply.status, would_be, words),
        outcome="known_not_run",
        reason=would_be.reason,
        retry_after=would_be.retry_after,
        detail=would_be.detail,
    )


def refused_check(who: str, status: int, would_be: ProviderError, words: Mapping[int, str]) -> str:
    """The sentence for a status, where it is about something else than the account's trouble."""
    account = would_be.reason == "provider_account"
    if account and (status not in words or status == 429):
        return account_trouble(who, would_be.detail)
    return words.get(status, f"{{who}} answers with HTTP {status}").format(who=who)


def identifier(text: str | None) -> str | None:
    """An upstream's own name of a request, where it looks like one."""
    found = REQUEST_ID.fullmatch(text or "")
    return found[0] if found else None
