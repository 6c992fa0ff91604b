"""How a generation is told: to the database, to the caller, and when something went wrong."""

from collections.abc import Collection

import msgspec

from limner import money
from limner.accounts.api_key import Caller
from limner.catalog.model import Model, Scalar
from limner.errors import (
    ContentPolicyViolation,
    InvalidParams,
    JobTimeout,
    LimnerError,
    ProviderFailed,
    ServiceUnavailable,
)
from limner.generation.attempts import Place
from limner.generation.bill import Quote
from limner.generation.formats import Emulated
from limner.generation.judging import Judged
from limner.generation.params import Fitted, text, without_words
from limner.generation.price_versions import Version
from limner.generation.request import GenerationRequest
from limner.jobs.bounds import Bounds, bounds_of
from limner.jobs.job import Admission, Instead, Ticket
from limner.providers.base import Outcome, ProviderError, may_be_cancelled

ACCOUNT = (
    "the provider of this model cannot be used at the moment, for reasons that are not yours; "
    "nothing was charged. The operator finds them with `limner doctor`"
)
BROKE = "limner failed while this picture was being made; nothing was charged"
CANCELLED = "cancelled by whoever asked for it; nothing was charged"
DATABASE_AWAY = "the database cannot be reached; nothing was charged. Try again in a moment"
DATABASE_FULL = "the database has no room left; nothing was charged. Try again later"
NOT_FILED = (
    "the pictures were not kept as files, because the workspace's quota or the disk has no room "
    "for them; they can be fetched until they expire"
)
NO_ROOM = "the picture could not be stored, so it was not charged; try again later"
NOBODY_WAITS = (
    "nobody was there any more to take the picture, and this workspace keeps none (its retention "
    "is none), so it was not charged"
)
UNCERTAIN = "this generation could not be brought to its end here"
STOPPED = "the server was stopped before this generation had ended"
STOPPING = "this server is stopping; nothing was charged, send the request again"


def admission(
    request: GenerationRequest,
    caller: Caller,
    good: Judged,
    place: Place,
    most: tuple[int, int],
    prompt: str | None = None,
    cache_digest: str | None = None,
    waits_s: float = 0.0,
) -> Admission:
    """What the database is told when a request is accepted.

    `most` is what is set aside, and what of it is the list price.
    """
    model, fitted = good.model, good.fitted
    held, at_list = most
    return Admission(
        workspace_id=caller.workspace_id,
        key_id=caller.key_id,
        ledger=caller.mode,
        request_id=request.request_id,
        task=request.task,
        modality=model.modality,
        model=model.slug,
        n=fitted.n,
        params=msgspec.json.encode(noted(model, fitted)).decode(),
        quote=msgspec.json.encode(good.price).decode(),
        price_version=good.version.name,
        held=held,
        at_list=at_list,
        provider=place.provider_name,
        repeatable=may_be_cancelled(place.provider),
        deadline_s=place.timeout_s,
        origin=request.origin,
        prompt=prompt,
        webhook=request.webhook,
        bounds=bounds(caller, model, fitted),
        waits_s=waits_s,
        cache_digest=cache_digest,
    )


def instead(good: Judged, left_open: int) -> Instead:
    """What the database is told when another place answers in place of the one before.

    `left_open` is what orders before it may cost, for whoever has to close the job in our stead.
    """
    price = msgspec.to_builtins(good.price) | {"left_open": left_open}
    return Instead(
        model=good.model.slug,
        params=msgspec.json.encode(noted(good.model, good.fitted)).decode(),
        quote=msgspec.json.encode(price).decode(),
        price_version=good.version.name,
    )


def noted(model: Model, fitted: Fitted) -> dict[str, Scalar]:
    """Parameters for a job's row: what the caller gets, whoever makes it."""
    params = without_words(model, fitted.params)
    for one in fitted.emulated:
        params[one.name] = one.used
    return params


def bounds(caller: Caller, model: Model, fitted: Fitted) -> Bounds:
    """What a request must fit into; music is no picture, and has no pixels."""
    if model.modality == "music":
        return bounds_of(caller, images=0, pixels=0)
    pixels = fitted.n * fitted.pixels.width * fitted.pixels.height
    return bounds_of(caller, images=fitted.n, pixels=pixels)


def parameters(fitted: Fitted) -> bytes:
    """The `parameters` block of an answer."""
    return msgspec.json.encode(
        {
            "applied": {name: fitted.params[name] for name in fitted.applied},
            "adjusted": [
                {"name": one.name, "from": one.given, "to": one.used, "why": one.why}
                for one in fitted.adjusted
            ],
            "ignored": [{"name": one.name, "why": one.why} for one in fitted.ignored],
            "emulated": [emulated(one) for one in fitted.emulated],
        }
    )


def emulated(one: Emulated) -> dict[str, Scalar]:
    asked = {} if one.given is None else {"from": one.given}
    return {"name": one.name, **asked, "to": one.used, "why": one.why}


def parameters_of_row(params: str) -> bytes:
    """The same from a job's row, which does not say what was adjusted or left out."""
    return b'{"applied":' + params.encode() + b',"adjusted":[],"ignored":[],"emulated":[]}'


def chosen(fitted: Fitted) -> dict[str, str]:
    """Quality and background as they are asked of the model, for whoever watches it draw."""
    asked = {name: text(fitted.params, name) for name in ("quality", "background")}
    return {name: value for name, value in asked.items() if value}


def cost(price: Quote, version: Version) -> bytes:
    """The `cost` block of an answer: arithmetic a person can check by hand."""
    block = {
        "credits": money.wire(price.total),
        "credits_per_usd": version.terms.credits_per_usd,
        "markup_percent": version.terms.markup_percent,
        "price_version": version.name,
        "breakdown": msgspec.Raw(breakdown(price)),
    }
    return msgspec.json.encode(block)


def breakdown(price: Quote) -> bytes:
    """The lines of a price; their credits add up to it."""
    return msgspec.json.encode(
        [
            {
                "what": line.what,
                "quantity": line.quantity,
                "unit_price": line.unit_price,
                "credits": money.wire(line.amount),
            }
            for line in price.lines
        ]
    )


def warnings(model: Model, fitted: Fitted, mode: str) -> tuple[str, ...]:
    """What a caller should know although the request goes ahead."""
    said = []
    if model.status == "retired" and mode == "test":
        since = f" since {model.shutdown}" if model.shutdown else ""
        said.append(f"{model.slug} is retired{since}: a live key would be answered 410")
    if model.status == "deprecated":
        until = f" and ends on {model.shutdown}" if model.shutdown else ""
        instead = f"; move to {model.successor}" if model.successor else ""
        said.append(f"{model.slug} is deprecated{until}{instead}")
    said += [f"{one.name} adjusted from {one.given} to {one.used}" for one in fitted.adjusted]
    said += [f"{one.name} ignored: {one.why}" for one in fitted.ignored]
    return tuple(said)


def missing(ordered: int, delivered: Collection[int]) -> tuple[str, ...]:
    """One line for each picture that was ordered and is not among those delivered, by position."""
    return tuple(
        f"picture {position + 1} of {ordered} did not come or cannot be read; it was not charged"
        for position in range(ordered)
        if position not in delivered
    )


def out_of_time(place: Place, *, has_order: bool) -> ProviderError:
    """Whoever had the order when time ran out may have drawn; without one, nobody has."""
    if has_order:
        return ProviderError(f"{place.provider_name} did not answer in time", outcome="unknown")
    return ProviderError(
        f"{place.provider_name} could not be asked in time", outcome="known_not_run"
    )


def error_for(error: ProviderError) -> LimnerError:
    """A provider's failure as the job keeps it; nothing was charged in any case."""
    if error.outcome == "unknown":
        return ProviderFailed(
            f"{error.message}; nothing was charged. Send the request again if you still want it"
        )
    if error.reason == "content_policy_violation":
        return ContentPolicyViolation(f"{error.message}; nothing was charged", param="prompt")
    if error.reason == "capacity":
        wait = max(1, round(error.retry_after or 5))
        return ServiceUnavailable(
            f"{error.message}; nothing was charged. Try again in {wait} s", retry_after=wait
        )
    if error.reason == "provider_account":
        return ProviderFailed(ACCOUNT)
    if error.reason == "bad_parameter":
        return InvalidParams(f"{error.message}; nothing was charged")
    return ProviderFailed(f"{error.message}; nothing was charged")


def told(error: LimnerError, outcome: Outcome, ticket: Ticket) -> LimnerError:
    """A failure as the caller hears it.

    Whoever cannot know whether the picture was drawn is sent to the job, because clients that get
    a job's id ask for that and never send the order a second time by themselves.
    """
    return JobTimeout(error.message, job_id=ticket.job_id) if outcome == "unknown" else error


def still_open(ticket: Ticket, why: str) -> JobTimeout:
    """For a job that somebody else will end, or has ended."""
    return JobTimeout(
        f"{why}; GET /v1/images/jobs/{ticket.job_id} tells what becomes of it. "
        "Only pictures that are delivered are charged",
        job_id=ticket.job_id,
    )


def resendable(error: ServiceUnavailable) -> ServiceUnavailable:
    """A refusal of a request that reached no provider, so that sending it again is safe."""
    error.retryable = True
    return error
