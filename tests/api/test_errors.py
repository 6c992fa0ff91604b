"""Every refusal has one form on the wire and says whether it may be sent again."""

import msgspec
import pytest

from limner.api.wire.errors import ErrorEnvelope, error_answer
from limner.errors import Conflict, JobTimeout, LimnerError, RateLimited


def every(kind: type[LimnerError]) -> list[type[LimnerError]]:
    return [kind, *(one for below in kind.__subclasses__() for one in every(below))]


@pytest.mark.parametrize("kind", every(LimnerError), ids=lambda kind: kind.__name__)
def test_each_has_the_same_envelope(kind: type[LimnerError]) -> None:
    status, headers, body = error_answer(kind("so it is", param="n"), "req_1")
    error = msgspec.json.decode(body, type=ErrorEnvelope).error
    assert 400 <= status < 600
    assert ("content-type", "application/json") in headers
    assert (error.message, error.param, error.request_id) == ("so it is", "n", "req_1")
    assert (error.code, error.type) == (kind.code, kind.type)
    assert error.credits_used == 0
    told = dict(headers).get("x-should-retry")
    assert told == {None: None, True: "true", False: "false"}[kind.retryable]
    assert error.retryable is (told == "true")
    assert b"job_id" not in body


@pytest.mark.parametrize("kind", every(LimnerError), ids=lambda kind: kind.__name__)
def test_nothing_is_sent_again_after_acceptance(kind: type[LimnerError]) -> None:
    _, headers, body = error_answer(kind("no"), "req_1", accepted=True)
    assert dict(headers)["x-should-retry"] == "false"
    assert not msgspec.json.decode(body, type=ErrorEnvelope).error.retryable


def test_conflicts_and_server_errors_are_never_left_to_the_clients_habit() -> None:
    kinds = [kind for kind in every(LimnerError) if kind.status >= 500 or kind is Conflict]
    assert all(kind.retryable is not None for kind in kinds if kind is not LimnerError)


def test_a_pause_is_a_whole_second_at_least() -> None:
    assert dict(error_answer(RateLimited("no", retry_after=0), "r")[1])["retry-after"] == "1"


def test_a_job_that_can_be_collected_is_named() -> None:
    _, _, body = error_answer(JobTimeout("later", job_id="imgjob_1"), "r", accepted=True)
    assert msgspec.json.decode(body, type=ErrorEnvelope).error.job_id == "imgjob_1"
