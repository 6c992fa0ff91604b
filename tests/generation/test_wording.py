"""What is said of a generation, to the caller and in the rows."""

import msgspec
import pytest
from tests.generation.studios import CATALOG, MODEL, Scripted, a_request, draws, place

from limner.accounts.api_key import Caller
from limner.errors import JobTimeout, LimnerError, ProviderFailed, ServiceUnavailable
from limner.generation import wording
from limner.generation.judging import Judged
from limner.generation.params import Fitted, fit_params
from limner.generation.price_versions import version_of
from limner.generation.pricing import quote
from limner.generation.tariff import Tariff
from limner.generation.values import Vocabulary
from limner.jobs.job import Ticket
from limner.ledger.wallet import Split
from limner.providers.base import ProviderError

VOCABULARY = Vocabulary.of(CATALOG.models.values())
TICKET = Ticket("imgjob_1", "ws_1", "live", 1, Split(0, 4))
CALLER = Caller("ws_1", "key_1", "live")


def fitted(slug: str = MODEL, **given: object) -> Fitted:
    model = CATALOG.models[slug]
    return fit_params(model, VOCABULARY, prompt="a secret door", n=1, given=given)


def test_what_the_database_is_told_holds_no_word_of_a_person() -> None:
    model, fit = CATALOG.models["gpt-image-2"], fitted("gpt-image-2", user="secret", quality="low")
    price = quote(model, n=1, params=fit.params, prompt=fit.prompt)
    first = place(Scripted(draws()), "openai", 7.0)
    good = Judged(model, model.slug, fit, price, version_of(model, Tariff()))
    most = (price.total, price.at_list)
    told = wording.admission(a_request("a secret door"), CALLER, good, first, most)
    assert "secret" not in str(told)
    assert msgspec.json.decode(told.params)["quality"] == "low"
    assert (told.held, told.provider, told.deadline_s) == (price.total, "openai", 7.0)
    assert msgspec.json.decode(told.quote)["total"] == price.total


def test_parameters_say_what_became_of_each() -> None:
    told = msgspec.json.decode(wording.parameters(fitted("gpt-image-2", quality="hd", steps=4)))
    assert told["applied"]["quality"] == "high"
    assert [(one["name"], one["from"], one["to"]) for one in told["adjusted"]] == [
        ("quality", "hd", "high")
    ]
    assert [one["name"] for one in told["ignored"]] == ["steps"]


def test_the_lines_of_a_cost_add_up_to_it() -> None:
    model, fit = CATALOG.models["gpt-image-2"], fitted("gpt-image-2", quality="low")
    price = quote(model, n=3, params=fit.params, prompt=fit.prompt)
    version = version_of(model, Tariff())
    told = msgspec.json.decode(wording.cost(price, version))
    assert (told["credits_per_usd"], told["markup_percent"]) == (100, 0)
    assert told["price_version"] == version.name
    assert round(sum(line["credits"] for line in told["breakdown"]), 4) == told["credits"]


def test_a_model_that_ends_soon_says_so_and_names_its_successor() -> None:
    model = CATALOG.models["gpt-image-1-5"]
    (said,) = wording.warnings(model, fitted("gpt-image-1-5"), "live")
    assert said == f"{model.slug} is deprecated and ends on {model.shutdown}; move to " + (
        model.successor or ""
    )


def test_a_retired_model_that_is_simulated_says_so() -> None:
    (said,) = wording.warnings(CATALOG.models["dall-e-2"], fitted("dall-e-2"), "test")
    assert said == "dall-e-2 is retired since 2026-05-12: a live key would be answered 410"


def test_a_picture_that_is_missing_is_named_by_its_number() -> None:
    assert wording.missing(3, {0, 1, 2}) == ()
    assert wording.missing(3, {1}) == (
        "picture 1 of 3 did not come or cannot be read; it was not charged",
        "picture 3 of 3 did not come or cannot be read; it was not charged",
    )


def test_only_whoever_has_the_order_may_have_drawn_when_time_runs_out() -> None:
    here = place(Scripted(draws()))
    assert wording.out_of_time(here, has_order=True).outcome == "unknown"
    assert wording.out_of_time(here, has_order=False).outcome == "known_not_run"


def test_an_operators_account_is_never_shown_as_the_callers_fault() -> None:
    failure = ProviderError(
        "xai: invalid key xai-123", outcome="known_not_run", reason="provider_account"
    )
    error = wording.error_for(failure)
    assert isinstance(error, ProviderFailed)
    assert "xai-123" not in error.message
    assert "limner doctor" in error.message


def test_a_busy_provider_says_when_to_come_again() -> None:
    for told, seconds in ((None, 5), (0.2, 1), (17.6, 18)):
        failure = ProviderError(
            "busy", outcome="known_not_run", reason="capacity", retry_after=told
        )
        error = wording.error_for(failure)
        assert isinstance(error, ServiceUnavailable)
        assert (error.retry_after, error.retryable) == (seconds, False)
        assert error.message.endswith(f"Try again in {seconds} s")


@pytest.mark.parametrize("outcome", ["ran", "known_not_run", "unknown"])
def test_only_an_unknown_outcome_sends_the_caller_to_the_job(outcome: str) -> None:
    kept = ProviderFailed("lost; nothing was charged")
    heard: LimnerError = wording.told(kept, outcome, TICKET)  # type: ignore[arg-type]  # a word of Outcome
    if outcome == "unknown":
        assert isinstance(heard, JobTimeout)
        assert (heard.message, heard.job_id) == (kept.message, "imgjob_1")
    else:
        assert heard is kept


def test_a_job_that_is_still_open_is_pointed_to_and_promises_nothing() -> None:
    error = wording.still_open(TICKET, wording.STOPPED)
    assert error.message == (
        "the server was stopped before this generation had ended; "
        "GET /v1/images/jobs/imgjob_1 tells what becomes of it. "
        "Only pictures that are delivered are charged"
    )
    assert (error.job_id, error.retryable) == ("imgjob_1", False)
