"""`GET /v1/usage`: what a workspace used and paid, and `GET /v1/admin/usage` for all of them."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from limner.accounts.accounts import Accounts
from limner.accounts.api_key import Caller
from limner.api.administration import administrator
from limner.api.auth import authenticated
from limner.api.operation import Operation, Query, endpoint, json_response
from limner.api.periods import LONGEST_DAYS, Period, period
from limner.api.queries import given, one_of
from limner.api.routes.jobs import of_mode
from limner.api.services import Services
from limner.api.sheets import Rows, sheet
from limner.api.wire.usage import (
    OF_REQUESTS,
    Names,
    UsageList,
    headings,
    request_row,
    sheet_row,
    stamp,
    usage_line,
    usage_totals,
)
from limner.catalog.load import Catalog
from limner.clock import wall
from limner.errors import InvalidParams
from limner.jobs.usage import Line, Usage, Used, total

OWN = ("model", "key", "day")
ALL = ("workspace", *OWN)
ROWS = "none"
"""No grouping: one row for each request, for spreadsheets alone."""
FORMATS = ("json", "csv")


async def read_usage(request: Request, services: Services) -> Response:
    caller = await authenticated(request.scope, services.accounts)
    query = given(request.query_params)
    time = period(query, wall())
    used = usage_of(query, time, caller, services.catalog)
    as_sheet = wants_sheet(request, query)
    if query.get("group_by") == ROWS:
        if not as_sheet:
            raise InvalidParams(
                "group_by=none gives one row for each request, as CSV: add format=csv. "
                "GET /v1/requests has them as JSON",
                param="group_by",
            )
        rows = requests(services.usage, used)
        return await sheet(file_name("requests", time), OF_REQUESTS, rows, of_mode(caller))
    by = grouping(query, OWN, "model")
    lines = await services.usage.lines(used, by)
    names = Names(keys=await key_names(services.accounts, caller)) if "key" in by else Names()
    if as_sheet:
        return await lines_sheet(lines, by, names, time, of_mode(caller))
    return json_response(report(lines, by, names, time, caller.mode), headers=of_mode(caller))


async def read_all_usage(request: Request, services: Services) -> Response:
    await administrator(request, services)
    query = given(request.query_params)
    time = period(query, wall())
    mode = one_of(query, "mode", ("live", "test"))
    owner = query.get("workspace")
    used = Used(
        ledger="test" if mode == "test" else "live",
        start_us=time.start_us,
        end_us=time.end_us,
        workspace_id=(await services.accounts.workspace(owner)).id if owner else None,
        key_id=query.get("key"),
        model=slug(query, services.catalog),
    )
    by = grouping(query, ALL, "workspace")
    lines = await services.usage.lines(used, by)
    names = await all_names(services.accounts)
    if wants_sheet(request, query):
        return await lines_sheet(lines, by, names, time, {})
    return json_response(report(lines, by, names, time, used.ledger))


def usage_of(query: Mapping[str, str], time: Period, caller: Caller, catalog: Catalog) -> Used:
    key_id = query.get("key")
    return Used(
        ledger=caller.mode,
        start_us=time.start_us,
        end_us=time.end_us,
        workspace_id=caller.workspace_id,
        key_id=caller.key_id if key_id == "me" else key_id,
        model=slug(query, catalog),
    )


def slug(query: Mapping[str, str], catalog: Catalog) -> str | None:
    """The model that is asked for, by slug or alias; one that left the catalog has usage too."""
    word = query.get("model")
    known = catalog.get(word) if word else None
    return known.slug if known else word


def grouping(query: Mapping[str, str], words: Sequence[str], unsaid: str) -> list[str]:
    """What lines are grouped by, in the order it was asked for. Raises InvalidParams."""
    by = [word.strip() for word in query.get("group_by", unsaid).split(",")]
    if len(set(by)) < len(by) or not set(by) <= set(words):
        raise InvalidParams(
            f"group_by must be {', '.join(words)}, or several of them with commas", param="group_by"
        )
    return by


def wants_sheet(request: Request, query: Mapping[str, str]) -> bool:
    said = one_of(query, "format", FORMATS)
    return said == "csv" if said else "text/csv" in request.headers.get("accept", "")


async def key_names(accounts: Accounts, caller: Caller) -> dict[str, str]:
    owner = await accounts.workspace(caller.workspace_id)
    return {key.id: key.name for key in await accounts.keys(owner)}


async def all_names(accounts: Accounts) -> Names:
    return Names(
        keys={key.id: key.name for key in await accounts.keys()},
        workspaces={one.id: one.name for one in await accounts.workspaces()},
    )


def report(
    lines: Sequence[Line], by: Sequence[str], names: Names, time: Period, mode: str
) -> UsageList:
    return UsageList(
        object="list",
        mode=mode,
        start=time.start,
        end=time.end,
        group_by=",".join(by),
        data=[usage_line(line, names) for line in lines],
        totals=usage_totals(total(lines)),
    )


async def lines_sheet(
    lines: Sequence[Line], by: Sequence[str], names: Names, time: Period, headers: dict[str, str]
) -> Response:
    rows = one_page([sheet_row(line, names) for line in lines])
    return await sheet(file_name("usage", time), headings(by), rows, headers)


async def one_page(rows: Rows) -> AsyncGenerator[Rows, None]:
    yield rows


async def requests(usage: Usage, used: Used) -> AsyncGenerator[Rows, None]:
    async with aclosing(usage.ended(used)) as pages:
        async for page in pages:
            yield [request_row(one) for one in page]


def file_name(what: str, time: Period) -> str:
    return f"{what}-{stamp(time.start_us)[:10]}-until-{stamp(time.end_us)[:10]}"


TIME = (
    Query("start", "from this unix second, date or time of UTC on; unsaid the current month"),
    Query("end", f"until before this one; at most {LONGEST_DAYS} days later"),
)
NARROWED = (
    Query("model", "only this model, by slug or alias"),
    Query("format", "unsaid as `Accept` has it", kind=Literal["json", "csv"]),
)

OPERATIONS = (
    Operation(
        "read_usage",
        "GET",
        "/v1/usage",
        "What the key's workspace used and paid in a time, as JSON or CSV",
        endpoint(read_usage),
        answer=UsageList,
        also=("text/csv",),
        headers=("content-disposition",),
        query=(
            *TIME,
            Query("group_by", "`model`, `key`, `day` or several; `none` for a row per request"),
            Query("key", "only this key: its id, or `me` for the one that asks"),
            *NARROWED,
        ),
        errors=(400, 401),
    ),
    Operation(
        "read_all_usage",
        "GET",
        "/v1/admin/usage",
        "What all workspaces used and paid in a time, as JSON or CSV",
        endpoint(read_all_usage),
        answer=UsageList,
        also=("text/csv",),
        headers=("content-disposition",),
        query=(
            *TIME,
            Query("group_by", "`workspace`, `model`, `key`, `day` or several"),
            Query("workspace", "only this workspace, by name or id"),
            Query("mode", "`test` for what test keys did", kind=Literal["live", "test"]),
            Query("key", "only this key, by id"),
            *NARROWED,
        ),
        errors=(400, 401, 403, 404),
    ),
)
