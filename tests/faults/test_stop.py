"""A server that is told to stop: what can end in time is delivered, the rest ends truthfully."""

import asyncio
import signal
import time
from pathlib import Path

from tests.faults.invariants import breaches, unfinished
from tests.faults.load import EACH, blobs, calling, host, looking, started
from tests.servers import a_key
from tests.standins.openai import OpenAIStandIn

from limner.jobs.keeper import INTERRUPTED
from limner.settings import Settings

DRAIN_S = 1.5
SHORT, LONG = "[[standin:delay=0.4]]", "[[standin:delay=30]]"


async def test_a_stop_loses_no_accepted_work(database_url: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url=database_url, drain_s=DRAIN_S)
    async with OpenAIStandIn() as standin:
        await host(settings, standin)
        key = await a_key(settings, "live", credits=100 * EACH)
        async with calling(key) as callers:
            async with started(settings) as server:
                short = [asyncio.create_task(callers.draw(server.api, 2, SHORT)) for _ in range(5)]
                long = [asyncio.create_task(callers.draw(server.api, 1, LONG)) for _ in range(5)]
                await standin.until("asked", 10)
                began = time.monotonic()
                code = await asyncio.to_thread(server.stop)
                took = time.monotonic() - began
                delivered, deferred = await asyncio.gather(*short), await asyncio.gather(*long)
                refused = await callers.draw(server.api)
            assert (code, refused.status) == (0, 0)
            assert took < DRAIN_S + 5
            assert [answer.status for answer in delivered] == [200] * 5
            assert [(answer.status, answer.code) for answer in deferred] == [
                (504, "job_timeout")
            ] * 5
            async with looking(settings) as database:
                assert await unfinished(database) == []
                assert await breaches(database, blobs(settings)) == []
            async with started(settings) as server:
                for answer in delivered:
                    assert len(await callers.digests(server.api, answer.job_id)) == 2
                for answer in deferred:
                    job = await callers.job(server.api, answer.body["error"]["job_id"])
                    assert (job["status"], job["credits_used"]) == ("failed", 0)
                    assert job["error"] == INTERRUPTED


async def test_a_second_signal_cuts_the_drain_short(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, drain_s=60)
    async with OpenAIStandIn() as standin:
        await host(settings, standin)
        key = await a_key(settings, "live", credits=EACH)
        async with calling(key) as callers, started(settings) as server:
            waiting = asyncio.create_task(callers.draw(server.api, 1, LONG))
            await standin.until("asked")
            server.process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.3)
            assert await asyncio.to_thread(server.stop, 15) == 0
            assert (await waiting).code == "job_timeout"
        async with looking(settings) as database:
            assert await unfinished(database) == []
            assert await breaches(database, blobs(settings)) == []
