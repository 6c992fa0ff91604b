"""`GET /v1/usage` over HTTP: the same figures as the answers, in JSON and in spreadsheets."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.contract.gateway import Gateway
from tests.servers import a_key

PATH = "/v1/images/generations"
USAGE, ALL = "/v1/usage", "/v1/admin/usage"
SMALL: dict[str, Any] = {"model": "sketch-1", "prompt": "a red dot", "size": "64x64"}
PRICED: dict[str, Any] = {"model": "dall-e-3", "prompt": "a red dot", "size": "1024x1024"}


def client(gateway: Gateway, key: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=gateway.server.url, headers={"authorization": f"Bearer {key}"}, timeout=60
    )


@pytest.fixture
async def fresh(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a test key of its own, in the workspace of all other keys."""
    async with client(gateway, await a_key(gateway.server.settings)) as fresh:
        yield fresh


@pytest.fixture
async def admin(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with client(gateway, gateway.keys.admin) as admin:
        yield admin


async def report(client: httpx.AsyncClient, **query: str) -> Any:
    answer = await client.get(USAGE, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def table(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="')
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def test_every_figure_of_a_request_is_the_same_everywhere(
    fresh: httpx.AsyncClient,
) -> None:
    answer = await fresh.post(PATH, json=PRICED)
    charged = answer.json()["credits_used"]
    assert charged == float(answer.headers["x-credits-used"]) == 4
    usage = await report(fresh, key="me")
    (row,) = table(
        await fresh.get(USAGE, params={"key": "me", "group_by": "none", "format": "csv"})
    )
    entry = (await fresh.get(f"/v1/requests/{answer.headers['x-request-id']}")).json()
    job = (await fresh.get(f"/v1/images/jobs/{answer.headers['x-job-id']}")).json()
    assert usage["totals"]["credits_used"] == usage["data"][0]["credits_used"] == charged
    assert float(row["credits_used"]) == entry["credits_used"] == job["credits_used"] == charged
    assert entry["cost"] == answer.json()["cost"]
    assert (row["request_id"], row["api_key_id"]) == (entry["id"], entry["key_id"])
    assert int(row["latency_ms"]) == entry["time_ms"]["total"]


async def test_lines_are_grouped_as_asked_and_add_up_to_the_totals(
    fresh: httpx.AsyncClient,
) -> None:
    await fresh.post(PATH, json=PRICED)
    await fresh.post(PATH, json=SMALL | {"n": 2})
    await fresh.post(PATH, json=SMALL | {"prompt": "[[limner:refuse]]"})
    counts = {"requests": 3, "images": 3, "credits_used": 4, "failed": 1, "credits_refunded": 0}
    by_model = await report(fresh, key="me")
    assert by_model["data"] == [
        counts | {"model": "dall-e-3", "requests": 1, "images": 1, "failed": 0},
        counts | {"model": "sketch-1", "requests": 2, "images": 2, "credits_used": 0},
    ]
    assert (by_model["object"], by_model["mode"], by_model["group_by"]) == ("list", "test", "model")
    assert by_model["totals"] == counts
    (line,) = (await report(fresh, key="me", group_by="key,day"))["data"]
    assert line.items() >= (counts | {"key_name": "key"}).items()
    assert set(line) == {*counts, "key_id", "key_name", "day"}
    assert (await report(fresh, key="me", model="sketch-1"))["totals"]["requests"] == 2
    assert (await report(fresh, key=line["key_id"]))["totals"] == counts
    assert (await report(fresh, key="key_nobody"))["data"] == []


async def test_a_time_is_named_by_dates_or_seconds_and_is_a_month_unless_said(
    fresh: httpx.AsyncClient,
) -> None:
    february = await report(fresh, start="2024-02-01", end="2024-03-01")
    assert (february["start"], february["end"]) == (1706745600, 1709251200)
    assert february["data"] == []
    assert set(february["totals"].values()) == {0}
    same = await report(fresh, start="1706745600", end="2024-03-01T01:00:00+01:00")
    assert same == february
    assert (await report(fresh, end="2024-03-01"))["start"] == february["start"]
    await fresh.post(PATH, json=SMALL)
    assert (await report(fresh, key="me"))["totals"]["requests"] == 1


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("start=yesterday", "start"),
        ("start=2026-02-30", "start"),
        ("start=-1", "start"),
        ("start=99999999999999999999", "start"),
        ("start=1969-12-31", "start"),
        ("end=0001-01-01", "end"),
        ("end=0", "start"),
        ("end=2026-01-01T00:00:00.5Z", "end"),
        ("start=2026-01-02&end=2026-01-02", "start"),
        ("start=2024-01-01&end=2025-01-03", "start"),
        ("group_by=colour", "group_by"),
        ("group_by=model,model", "group_by"),
        ("group_by=model,none", "group_by"),
        ("group_by=workspace", "group_by"),
        ("group_by=none", "group_by"),
        ("format=xml", "format"),
        ("key=a%00b", "key"),
    ],
)
async def test_a_query_that_cannot_be_meant_is_refused_by_name(
    play: httpx.AsyncClient, query: str, param: str
) -> None:
    answer = await play.get(f"{USAGE}?{query}")
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


async def test_a_leap_year_can_be_asked_for_whole(play: httpx.AsyncClient) -> None:
    assert (await report(play, start="2024-01-01", end="2025-01-01"))["data"] == []


async def test_csv_is_had_by_format_or_by_what_is_accepted(fresh: httpx.AsyncClient) -> None:
    await fresh.post(PATH, json=PRICED)
    query = {"key": "me", "group_by": "day,model"}
    (said,) = table(await fresh.get(USAGE, params=query | {"format": "csv"}))
    (accepted,) = table(await fresh.get(USAGE, params=query, headers={"accept": "text/csv"}))
    assert said == accepted
    counts = ["requests", "images", "credits_used", "failed", "credits_refunded"]
    assert list(said) == ["day", "model", *counts]
    assert (said["model"], said["credits_used"]) == ("dall-e-3", "4")
    forced = await fresh.get(USAGE, params={"format": "json"}, headers={"accept": "text/csv"})
    assert forced.json()["object"] == "list"
    empty = {"group_by": "none", "format": "csv", "key": "key_nobody"}
    assert table(await fresh.get(USAGE, params=empty)) == []


async def test_rows_of_requests_have_the_documented_columns(fresh: httpx.AsyncClient) -> None:
    tokens = {"model": "gpt-image-1", "prompt": "a dot", "quality": "low"}
    await fresh.post(PATH, json=tokens, headers={"x-request-id": "-2"})
    query = {"key": "me", "group_by": "none", "format": "csv"}
    (row,) = table(await fresh.get(USAGE, params=query))
    assert list(row) == [
        "timestamp",
        "model",
        "api_key_id",
        "prompt_tokens",
        "completion_tokens",
        "credits_used",
        "request_id",
        "latency_ms",
        "fallback_depth",
    ]
    assert row["request_id"] == "'-2"  # or a spreadsheet would take it for a formula
    assert int(row["prompt_tokens"]) > 0
    assert int(row["completion_tokens"]) > 0
    assert row["timestamp"].endswith("Z")
    assert row["fallback_depth"] == "0"


async def test_workspaces_and_modes_do_not_mix(
    gateway: Gateway, fresh: httpx.AsyncClient, live: httpx.AsyncClient
) -> None:
    answer = await fresh.post(PATH, json=SMALL)
    mine = (await fresh.get(f"/v1/requests/{answer.headers['x-request-id']}")).json()["key_id"]
    async with client(gateway, gateway.keys.stranger) as stranger:
        for other in (stranger, live):
            assert (await report(other, key=mine))["totals"]["requests"] == 0
            by_key = await report(other, group_by="key")
            assert mine not in {line["key_id"] for line in by_key["data"]}
            rows = table(await other.get(USAGE, params={"group_by": "none", "format": "csv"}))
            assert mine not in {row["api_key_id"] for row in rows}


async def test_an_administrator_sees_all_workspaces_by_name(
    gateway: Gateway, admin: httpx.AsyncClient
) -> None:
    key = await a_key(gateway.server.settings, workspace="annex")
    async with client(gateway, key) as annex:
        await annex.post(PATH, json=PRICED)
    every = (await admin.get(ALL, params={"mode": "test"})).json()
    lines = {line["workspace"]: line for line in every["data"]}
    assert lines["annex"]["credits_used"] >= 4
    assert every["totals"]["requests"] == sum(line["requests"] for line in every["data"])
    narrowed = {"mode": "test", "workspace": "annex", "group_by": "workspace,model,key"}
    (line,) = (await admin.get(ALL, params=narrowed)).json()["data"]
    assert (line["model"], line["key_name"]) == ("dall-e-3", "key")
    (row,) = table(await admin.get(ALL, params=narrowed | {"format": "csv"}))
    assert row["workspace_id"] == line["workspace_id"]
    assert (await admin.get(ALL, params={"workspace": "annex"})).json()["data"] == []


async def test_all_usage_is_for_administrators_and_own_usage_for_others(
    gateway: Gateway, admin: httpx.AsyncClient, play: httpx.AsyncClient, nobody: httpx.AsyncClient
) -> None:
    assert (await play.get(ALL)).status_code == 403
    assert (await admin.get(USAGE)).status_code == 401
    assert (await nobody.get(USAGE)).status_code == 401
    assert (await nobody.get(ALL)).status_code == 401
    assert (await admin.get(ALL, params={"group_by": "none"})).status_code == 400
    assert (await admin.get(ALL, params={"workspace": "nowhere"})).status_code == 404
