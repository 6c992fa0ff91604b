"""`/v1/admin/keys`: make, list, limit and revoke keys, for whoever holds an admin key."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from limner.accounts.limits import Limits
from limner.accounts.workspace import Workspace
from limner.api.administration import administrator, told
from limner.api.once import once
from limner.api.operation import Operation, Query, endpoint, json_response
from limner.api.services import Services
from limner.api.wire.keys import KeyBody, KeyChanges, KeyList, NewKey, key_body
from limner.errors import InvalidParams
from limner.jobs.spent import spent_by

ERRORS = (400, 401, 403, 404)


async def list_keys(request: Request, services: Services) -> Response:
    await administrator(request, services)
    word = request.query_params.get("workspace")
    owner = await services.accounts.workspace(word) if word else None
    keys = await services.accounts.keys(owner)
    return json_response(KeyList("list", [key_body(key) for key in keys]))


async def create_key(request: Request, services: Services) -> Response:
    wanted = await told(request, services, NewKey)
    for slug in wanted.allowed_models:
        if slug != "*" and services.catalog.get(slug) is None:
            raise InvalidParams(f"there is no model {slug[:80]!r}", param="allowed_models")
    key, secret = await services.accounts.create_key(
        await owner_of(wanted, services),
        wanted.kind,
        wanted.name,
        allowed_models=wanted.allowed_models,
        lives_s=wanted.expires_in,
        limits=limits_of(wanted),
    )
    return json_response(key_body(key, secret), 201)


def limits_of(wanted: NewKey) -> Limits:
    changes = {name: value for name, value in wanted.limits.changes().items() if value is not None}
    if changes and wanted.kind == "admin":
        raise InvalidParams("an admin key has no limits", param="limits")
    return msgspec.convert(changes, Limits)


async def read_key(request: Request, services: Services) -> Response:
    await administrator(request, services)
    key = await services.accounts.key(request.path_params["id"])
    spent = await spent_by(key.id, services.database, services.jobs.window)
    return json_response(key_body(key, spent=spent))


async def change_key(request: Request, services: Services) -> Response:
    wanted = await told(request, services, KeyChanges)
    key_id = request.path_params["id"]
    key = await services.accounts.limit_key(key_id, wanted.limits.changes())
    return json_response(key_body(key))


async def owner_of(wanted: NewKey, services: Services) -> Workspace | None:
    """The workspace a new key speaks for; an admin key speaks for none."""
    if (wanted.kind == "admin") != (wanted.workspace is None):
        raise InvalidParams(
            "workspace is required for live and test keys, and left out for admin keys",
            param="workspace",
        )
    return await services.accounts.workspace(wanted.workspace) if wanted.workspace else None


async def revoke_key(request: Request, services: Services) -> Response:
    await administrator(request, services)
    return json_response(key_body(await services.accounts.revoke_key(request.path_params["id"])))


OPERATIONS = (
    Operation(
        "list_keys",
        "GET",
        "/v1/admin/keys",
        "Every key, without its secret",
        endpoint(list_keys),
        answer=KeyList,
        query=(Query("workspace", "only keys of this workspace, by name or id"),),
        errors=ERRORS,
    ),
    Operation(
        "create_key",
        "POST",
        "/v1/admin/keys",
        "Make a key; the answer is the only one that shows it",
        once(create_key, admin=True),
        body=NewKey,
        answer=KeyBody,
        status=201,
        errors=ERRORS,
    ),
    Operation(
        "read_key",
        "GET",
        "/v1/admin/keys/{id}",
        "A key, its limits and how much of them is used",
        endpoint(read_key),
        answer=KeyBody,
        errors=ERRORS,
    ),
    Operation(
        "change_key",
        "PATCH",
        "/v1/admin/keys/{id}",
        "Change limits of a key; every server follows within five seconds",
        endpoint(change_key),
        body=KeyChanges,
        answer=KeyBody,
        errors=ERRORS,
    ),
    Operation(
        "revoke_key",
        "DELETE",
        "/v1/admin/keys/{id}",
        "Stop a key; every server refuses it within five seconds",
        endpoint(revoke_key),
        answer=KeyBody,
        errors=ERRORS,
    ),
)
