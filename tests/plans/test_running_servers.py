"""Servers begin the months that are over by themselves, and of several one does."""

import asyncio
from pathlib import Path

from tests.jobs.orders import run
from tests.servers import administer, serving

from limner import money
from limner.app import Limner
from limner.plan_terms import PlanTerms
from limner.settings import Settings

LONG_AGO = """
    UPDATE workspace SET plan_renews_at = NOW_US() - 1, plan_since = plan_since - 86400000000
    WHERE id = :id
"""
"""On its plan for a day: no month begins before its plan, and a clock may stand still a moment."""


async def test_two_servers_that_start_begin_a_month_once(database_url: str, tmp_path: Path) -> None:
    config = tmp_path / "limner.toml"
    config.write_text('[plans.pro]\ncredits = 90\nrollover = "all"\n')
    terms = {"pro": PlanTerms(credits=90, rollover="all")}
    settings = Settings(data_dir=tmp_path, database_url=database_url, plans=terms)

    async def begin(limner: Limner) -> str:
        made = await limner.services.accounts.create_workspace("studio")
        await limner.services.plans.put(made.id, "pro")
        await run(limner.services.database, LONG_AGO, {"id": made.id})
        return made.id

    workspace_id = await administer(settings, begin)

    async def lines(limner: Limner) -> list[tuple[str, int]]:
        postings = await limner.services.ledger.postings(workspace_id, "live")
        return [(one.kind, one.amount) for one in postings]

    environ = {"LIMNER_CONFIG": str(config)}
    with serving(settings, environ), serving(settings, environ):
        for _ in range(600):
            if len(await administer(settings, lines)) > 1:
                break
            await asyncio.sleep(0.1)
    assert await administer(settings, lines) == [("plan", money.credits(90))] * 2
