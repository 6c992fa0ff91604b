"""`/v1/requests`: the log of accepted requests: times, tries, price and, if allowed, prompts."""

import re
from typing import Annotated, Literal

from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from limner.accounts.api_key import Caller
from limner.api.auth import authenticated
from limner.api.operation import Operation, Query, endpoint, json_response
from limner.api.periods import MICROSECONDS, moment
from limner.api.queries import given, one_of, whole
from limner.api.routes.jobs import A_PAGE, STATUSES, of_mode
from limner.api.routes.usage import slug
from limner.api.services import Services
from limner.api.wire.requests import RequestBody, RequestList, request_body, request_list
from limner.catalog.load import Catalog
from limner.errors import NotFound
from limner.jobs.listing import END_OF_TIME
from limner.jobs.request_log import Entry, Sought
from limner.vault import Vault

MOST = 100
A_LIMIT = Meta(ge=1, le=MOST)
ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


async def list_requests(request: Request, services: Services) -> Response:
    caller = await authenticated(request.scope, services.accounts)
    page = await services.requests.page(sought(request, caller, services.catalog))
    told = [body(entry, caller, services.vault) for entry in page.entries]
    return json_response(request_list(told, page.has_more), headers=of_mode(caller))


def sought(request: Request, caller: Caller, catalog: Catalog) -> Sought:
    """Which entries the query asks for; an empty value is none. Raises InvalidParams."""
    query = given(request.query_params)
    key_id = query.get("key")
    before = moment(query, "before")
    return Sought(
        workspace_id=caller.workspace_id,
        ledger=caller.mode,
        most=whole(query, "limit", 1, MOST) or A_PAGE,
        key_id=caller.key_id if key_id == "me" else key_id,
        state=one_of(query, "status", STATUSES),
        model=slug(query, catalog),
        since_us=(moment(query, "since") or 0) * MICROSECONDS,
        before_us=END_OF_TIME if before is None else before * MICROSECONDS,
        after=query.get("after"),
        error_code=query.get("error_code"),
        request_id=query.get("request_id"),
    )


async def read_request(request: Request, services: Services) -> Response:
    caller = await authenticated(request.scope, services.accounts)
    word = request.path_params["request_id"]
    if not ID.fullmatch(word):
        raise NotFound("there is no such request; ids look like req_01KA7M3W8Y5D2F4H6J8K0M2N4P")
    entry = await services.requests.entry(caller.workspace_id, caller.mode, word)
    return json_response(body(entry, caller, services.vault), headers=of_mode(caller))


def body(entry: Entry, caller: Caller, vault: Vault) -> RequestBody:
    """An entry as it is told; a prompt that was kept is shown while the workspace allows it."""
    shown = caller.options.log_prompts and entry.prompt is not None
    prompt = vault.open(entry.prompt, about=entry.request_id) if shown and entry.prompt else None
    return request_body(entry, prompt)


OPERATIONS = (
    Operation(
        "list_requests",
        "GET",
        "/v1/requests",
        "The accepted requests of the key's workspace, newest first",
        endpoint(list_requests),
        answer=RequestList,
        query=(
            Query("key", "only requests of this key: its id, or `me` for the one that asks"),
            Query("model", "only requests this model answered, by slug or alias"),
            Query(
                "status",
                "only requests that stand so",
                kind=Literal["queued", "processing", "completed", "failed"],
            ),
            Query("error_code", "only requests that failed with this code"),
            Query("request_id", "only requests of this id"),
            Query("since", "only requests from this unix second, date or time of UTC on"),
            Query("before", "only requests from before this one"),
            Query("after", "the id of a job: only requests older than its, for the next page"),
            Query("limit", f"how many; {A_PAGE} unless said", kind=Annotated[int, A_LIMIT]),
        ),
        errors=(400, 401),
    ),
    Operation(
        "read_request",
        "GET",
        "/v1/requests/{request_id}",
        "One accepted request, by its own id or that of its job",
        endpoint(read_request),
        answer=RequestBody,
        errors=(401, 404),
    ),
)
