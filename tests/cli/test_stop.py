"""A stop loses no accepted work: running jobs end first, or their callers get a job id."""

import asyncio
import signal
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from tests.cli.calls import Answer, call, draw, eventually, has_work
from tests.cli.terminal import Terminal, settings_of
from tests.servers import Server, a_key, serving

LONG = "a lighthouse [[limner:delay=60s]]"


class Caller:
    """Somebody with a test key who has asked for a picture and waits."""

    def __init__(self, server: Server, prompt: str, threads: ThreadPoolExecutor) -> None:
        self.key = asyncio.run(a_key(server.settings))
        self.answer: Future[Answer] = threads.submit(draw, server.url, self.key, prompt)
        eventually(lambda: has_work(server.url, self.key), "the job runs")


def caller(server: Server, prompt: str, stack: ExitStack) -> Caller:
    return Caller(server, prompt, stack.enter_context(ThreadPoolExecutor()))


def test_a_running_job_ends_and_its_caller_gets_the_picture(terminal: Terminal) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(serving(settings_of(terminal)))
        waiting = caller(server, "a lighthouse [[limner:delay=1s]]", stack)
        assert server.stop(20) == 0
        answer = waiting.answer.result()
    assert answer.status == 200
    assert answer.body["data"][0]["url"]


def test_a_job_that_takes_too_long_is_handed_back_and_closed_after_a_restart(
    either: Terminal,
) -> None:
    settings = settings_of(either, drain_s=1.0, lease_s=1.0)
    with ExitStack() as stack:
        server = stack.enter_context(serving(settings))
        waiting = caller(server, LONG, stack)
        assert server.stop() == 0
        answer = waiting.answer.result()
    assert (answer.status, answer.body["error"]["code"]) == (504, "job_timeout")
    job = f"/v1/images/jobs/{answer.body['error']['job_id']}"
    with serving(settings) as server:
        eventually(
            lambda: call(server.url, waiting.key, job).body["status"] == "failed", "the job ends"
        )
        assert not has_work(server.url, waiting.key)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_second_signal_does_not_wait(terminal: Terminal, workers: int) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(serving(settings_of(terminal, workers=workers)))
        waiting = caller(server, LONG, stack)
        server.process.send_signal(signal.SIGTERM)
        eventually(lambda: not takes_work(server, waiting.key), "the server drains")
        assert server.process.poll() is None
        assert server.stop(15) == 0
        assert waiting.answer.result().status == 504


def takes_work(server: Server, key: str) -> bool:
    try:
        return call(server.url, key, "/health/ready").status == 200
    except OSError:
        return False
