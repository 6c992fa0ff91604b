"""Reports stay quick with a million jobs: SQLite answers them from the indexes made for them."""

from collections.abc import AsyncIterator

import pytest
from tests.databases import FreshUrl

from limner.db import schema
from limner.db.base import Database, Values
from limner.jobs import request_log_store, usage_store

VALUES: Values = {
    "workspace_id": "ws_1",
    "ledger": "live",
    "key_id": "key_1",
    "model": "sketch-1",
    "request_id": "req_1",
    "word": "req_1",
    "start": 1,
    "end": 2,
    "since": 1,
    "until": 2,
    "below": "",
    "after_id": "",
    "most": 10,
}
SUMS = "COVERING INDEX job_usage (workspace_id=? AND ledger=? AND ended_at>? AND ended_at<?)"
ROWS = SUMS.removeprefix("COVERING ")
OWN = ["workspace_id"]


@pytest.fixture
async def sqlite(sqlite_url: FreshUrl) -> AsyncIterator[Database]:
    database = await schema.connect(sqlite_url(), migrate=False)
    yield database
    await database.close()


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (usage_store.lines(["model"], OWN), SUMS),
        (usage_store.lines(["key", "model", "day"], [*OWN, "key_id", "model"]), SUMS),
        (usage_store.lines(["workspace"], []), SUMS),
        (usage_store.ended(OWN), ROWS),
        (usage_store.refunds(["model", "day"], OWN), "INDEX posting_refund (workspace_id=? AND at"),
        (usage_store.refunds(["workspace"], []), "INDEX posting_refund"),
        (request_log_store.page([]), "INDEX posting_corrects (corrects=?)"),
        (request_log_store.page([]), "INDEX job_workspace (workspace_id=? AND created_at>?"),
        (request_log_store.page(["key_id"]), "INDEX job_workspace"),
        (request_log_store.page(["request_id"]), "INDEX job_request (workspace_id=?"),
        (request_log_store.OF_REQUEST, "INDEX job_request (workspace_id=? AND request_id=?)"),
    ],
)
async def test_a_report_is_answered_from_its_index(
    sqlite: Database, query: str, index: str
) -> None:
    plan = [str(row[3]) for row in await sqlite.fetch(f"EXPLAIN QUERY PLAN {query}", VALUES)]
    assert any(index in step for step in plan), plan
    assert not any(step.startswith("SCAN j") for step in plan), plan
