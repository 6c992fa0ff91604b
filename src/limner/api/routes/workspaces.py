"""`/v1/admin/workspaces`: workspaces and their credits, for whoever holds an admin key."""

from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response

from limner.accounts.workspace import Workspace
from limner.api.administration import administrator, told
from limner.api.asgi import header
from limner.api.once import once
from limner.api.operation import Operation, endpoint, json_response
from limner.api.services import Services
from limner.api.wire.credits import CreditsBody, credits_body
from limner.api.wire.workspaces import (
    NewCredits,
    NewWorkspace,
    PostingList,
    WorkspaceBody,
    WorkspaceChanges,
    WorkspaceList,
    posting_body,
    workspace_body,
)
from limner.generation.chains import check_chains
from limner.ids import new_id
from limner.jobs.spent import spent_by

MOST_POSTINGS = 200
WORKSPACE = "/v1/admin/workspaces/{id}"
ERRORS = (400, 401, 403, 404)


async def list_workspaces(request: Request, services: Services) -> Response:
    await administrator(request, services)
    found = [workspace_body(one) for one in await services.accounts.workspaces()]
    return json_response(WorkspaceList("list", found))


async def create_workspace(request: Request, services: Services) -> Response:
    wanted = await told(request, services, NewWorkspace)
    services.plans.check(wanted.plan)
    check_chains(wanted.options.fallbacks or {}, services.catalog)
    services.guards.check(wanted.options.guard or None)
    made = await services.accounts.create_workspace(wanted.name)
    if changes := wanted.options.changes():
        await services.accounts.set_workspace(made.id, changes)
    if wanted.plan:
        await services.plans.put(made.id, wanted.plan)
    return json_response(workspace_body(await services.accounts.workspace(made.id)), 201)


async def read_workspace(request: Request, services: Services) -> Response:
    await administrator(request, services)
    workspace = await workspace_in(request, services)
    spent = await spent_by(workspace.id, services.database, services.jobs.window)
    return json_response(workspace_body(workspace, spent))


async def change_workspace(request: Request, services: Services) -> Response:
    wanted = await told(request, services, WorkspaceChanges)
    workspace = await workspace_in(request, services)
    changes, plan = wanted.changes()
    if plan is not UNSET:
        services.plans.check(plan)
    if wanted.options is not UNSET:
        check_chains(wanted.options.fallbacks or {}, services.catalog)
        services.guards.check(wanted.options.guard or None)
    if changes:
        await services.accounts.set_workspace(workspace.id, changes)
    if plan is not UNSET:
        await services.plans.put(workspace.id, plan)
    return json_response(workspace_body(await services.accounts.workspace(workspace.id)))


async def read_credits(request: Request, services: Services) -> Response:
    await administrator(request, services)
    return json_response(await credits_of(await workspace_in(request, services), services))


async def add_credits(request: Request, services: Services) -> Response:
    wanted = await told(request, services, NewCredits)
    owner = await workspace_in(request, services)
    named = wanted.operation or header(request.scope, b"idempotency-key")
    operation = f"grant/{named}" if named else new_id("grant")
    moved = await services.ledger.grant(
        owner.id, wanted.amount(), operation, kind="topup", note=wanted.note
    )
    return json_response(await credits_of(owner, services), 201 if moved else 200)


async def list_postings(request: Request, services: Services) -> Response:
    await administrator(request, services)
    owner = await workspace_in(request, services)
    found = await services.ledger.postings(owner.id, "live", MOST_POSTINGS)
    return json_response(PostingList("list", [posting_body(one) for one in found]))


async def credits_of(owner: Workspace, services: Services) -> CreditsBody:
    wallet = await services.ledger.wallet(owner.id, "live")
    standing = await services.plans.standing(owner.id)
    return credits_body(wallet, "live", services.settings.credits_per_usd, standing)


async def workspace_in(request: Request, services: Services) -> Workspace:
    return await services.accounts.workspace(request.path_params["id"])


OPERATIONS = (
    Operation(
        "list_workspaces",
        "GET",
        "/v1/admin/workspaces",
        "Every workspace",
        endpoint(list_workspaces),
        answer=WorkspaceList,
        errors=(401, 403),
    ),
    Operation(
        "create_workspace",
        "POST",
        "/v1/admin/workspaces",
        "Make a workspace; it starts without credits",
        once(create_workspace, admin=True),
        body=NewWorkspace,
        answer=WorkspaceBody,
        status=201,
        errors=(400, 401, 403, 409),
    ),
    Operation(
        "read_workspace",
        "GET",
        WORKSPACE,
        "A workspace, its options and how much of its limits is used",
        endpoint(read_workspace),
        answer=WorkspaceBody,
        errors=ERRORS,
    ),
    Operation(
        "change_workspace",
        "PATCH",
        WORKSPACE,
        "Change options or plan of a workspace; every server follows within five seconds",
        endpoint(change_workspace),
        body=WorkspaceChanges,
        answer=WorkspaceBody,
        errors=ERRORS,
    ),
    Operation(
        "read_workspace_credits",
        "GET",
        WORKSPACE + "/credits",
        "What a workspace has",
        endpoint(read_credits),
        answer=CreditsBody,
        errors=ERRORS,
    ),
    Operation(
        "add_credits",
        "POST",
        WORKSPACE + "/credits",
        "Add credits, or take free ones back with a negative amount",
        once(add_credits, admin=True),
        body=NewCredits,
        answer=CreditsBody,
        status=201,
        others={200: "the operation had been done before; nothing was added"},
        errors=(400, 401, 402, 403, 404),
    ),
    Operation(
        "list_postings",
        "GET",
        WORKSPACE + "/postings",
        "The newest lines of a workspace's ledger, newest first",
        endpoint(list_postings),
        answer=PostingList,
        errors=ERRORS,
    ),
)
