"""`/v1/webhooks`: who is told of what happens in a workspace, and how that went."""

import re
from typing import Annotated, Literal, cast

from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from limner.accounts.api_key import Caller
from limner.api.auth import authenticated
from limner.api.links import base_url
from limner.api.once import once
from limner.api.operation import Operation, Query, endpoint, json_response
from limner.api.queries import given, one_of, whole
from limner.api.routes.jobs import of_mode
from limner.api.services import Services
from limner.api.structs import read_struct
from limner.api.wire.webhooks import (
    DeliveryBody,
    DeliveryList,
    NewWebhook,
    SecretBody,
    WebhookBody,
    WebhookChanges,
    WebhookList,
    WebhookRemoved,
    checked,
    delivery_body,
    delivery_list,
    webhook_body,
)
from limner.errors import NotFound
from limner.webhooks.store import MOST_DELIVERIES
from limner.webhooks.webhook import Address, Progress
from limner.webhooks.webhooks import Owner, Wanted

WEBHOOKS = "/v1/webhooks"
ONE = f"{WEBHOOKS}/{{webhook_id}}"
WEBHOOK_ID = re.compile(r"wh_[0-9A-Z]{26}")
DELIVERY_ID = re.compile(r"dlv_[0-9A-Z]{26}_[0-9]{1,2}")
A_PAGE = 20
STATES = ("pending", "delivered", "given_up")


async def list_webhooks(request: Request, services: Services) -> Response:
    caller = await authenticated(request.scope, services.accounts)
    found = [webhook_body(one) for one in await services.webhooks.webhooks(owner_of(caller))]
    return json_response(WebhookList("list", found), headers=of_mode(caller))


async def create_webhook(request: Request, services: Services) -> Response:
    caller = await authenticated(request.scope, services.accounts)
    wanted = await read_struct(request, services.settings.max_body_bytes, NewWebhook)
    webhook, secret = await services.webhooks.create(
        owner_of(caller), address(wanted.url, request, services), checked(wanted.events)
    )
    return json_response(webhook_body(webhook, secret), 201, of_mode(caller))


async def read_webhook(request: Request, services: Services) -> Response:
    caller = await authenticated(request.scope, services.accounts)
    webhook = await services.webhooks.webhook(owner_of(caller), webhook_id(request))
    return json_response(webhook_body(webhook), headers=of_mode(caller))


async def change_webhook(request: Request, services: Services) -> Response:
    caller = await authenticated(request.scope, services.accounts)
    wanted = await read_struct(request, services.settings.max_body_bytes, WebhookChanges)
    webhook = await services.webhooks.change(
        owner_of(caller),
        webhook_id(request),
        address=None if wanted.url is None else address(wanted.url, request, services),
        events=None if wanted.events is None else checked(wanted.events),
        enabled=wanted.enabled,
    )
    return json_response(webhook_body(webhook), headers=of_mode(caller))


async def remove_webhook(request: Request, services: Services) -> Response:
    caller = await authenticated(request.scope, services.accounts)
    removed = webhook_id(request)
    await services.webhooks.remove(owner_of(caller), removed)
    return json_response(WebhookRemoved(removed, "webhook", True), headers=of_mode(caller))


async def rotate_secret(request: Request, services: Services) -> Response:
    caller = await authenticated(request.scope, services.accounts)
    webhook, secret = await services.webhooks.rotate(owner_of(caller), webhook_id(request))
    return json_response(webhook_body(webhook, secret), headers=of_mode(caller))


async def new_secret(request: Request, services: Services) -> Response:
    caller = await authenticated(request.scope, services.accounts)
    secret = await services.webhooks.new_secret(owner_of(caller))
    return json_response(SecretBody("webhook.secret", secret), 201, of_mode(caller))


async def test_webhook(request: Request, services: Services) -> Response:
    caller = await authenticated(request.scope, services.accounts)
    delivery = await services.webhooks.ping(owner_of(caller), webhook_id(request))
    return json_response(delivery_body(delivery), 202, of_mode(caller))


async def list_deliveries(request: Request, services: Services) -> Response:
    """Of one webhook, where the path names it, else of the whole workspace."""
    caller = await authenticated(request.scope, services.accounts)
    query = given(request.query_params)
    wanted = Wanted(
        most=whole(query, "limit", 1, MOST_DELIVERIES - 1) or A_PAGE,
        webhook_id=webhook_id(request) if "webhook_id" in request.path_params else None,
        job_id=query.get("job"),
        state=cast(Progress | None, one_of(query, "status", STATES)),
        after=query.get("after"),
    )
    found, has_more = await services.webhooks.deliveries(owner_of(caller), wanted)
    told = delivery_list([delivery_body(one) for one in found], has_more)
    return json_response(told, headers=of_mode(caller))


async def redeliver(request: Request, services: Services) -> Response:
    caller = await authenticated(request.scope, services.accounts)
    delivery_id = request.path_params["delivery_id"]
    if not DELIVERY_ID.fullmatch(delivery_id):
        raise NotFound("there is no such delivery; ids look like dlv_01KA7M3W8Y5D2F4H6J8K0M2N4P_1")
    delivery = await services.webhooks.redeliver(owner_of(caller), delivery_id)
    return json_response(delivery_body(delivery), 202, of_mode(caller))


def owner_of(caller: Caller) -> Owner:
    return Owner(caller.workspace_id, caller.mode)


def address(url: str, request: Request, services: Services) -> Address:
    return Address(url, base_url(request.scope, services.settings.public_url))


def webhook_id(request: Request) -> str:
    """Raises NotFound alike for what is no id and for an unknown one."""
    found: str = request.path_params["webhook_id"]
    if not WEBHOOK_ID.fullmatch(found):
        raise NotFound("there is no such webhook; ids look like wh_01KA7M3W8Y5D2F4H6J8K0M2N4P")
    return found


A_LIMIT = Meta(ge=1, le=MOST_DELIVERIES - 1)
PAGE = (
    Query("status", "only those that stand so", kind=Literal["pending", "delivered", "given_up"]),
    Query("after", "the id of a delivery: only older ones, for the next page"),
    Query("limit", f"how many; {A_PAGE} unless said", kind=Annotated[int, A_LIMIT]),
)
OPERATIONS = (
    Operation(
        "list_webhooks",
        "GET",
        WEBHOOKS,
        "Who is told of what happens: live keys see webhooks of live work, test keys of test work",
        endpoint(list_webhooks),
        answer=WebhookList,
        errors=(401,),
    ),
    Operation(
        "create_webhook",
        "POST",
        WEBHOOKS,
        "Be told at a URL; the answer is the only one that shows the secret",
        once(create_webhook),
        body=NewWebhook,
        answer=WebhookBody,
        status=201,
        errors=(400, 401, 409),
    ),
    Operation(
        "list_webhook_deliveries",
        "GET",
        f"{WEBHOOKS}/deliveries",
        "What was told in the last 30 days, to webhooks and to each job's own `webhook_url`",
        endpoint(list_deliveries),
        answer=DeliveryList,
        query=(Query("job", "only what was told of this job"), *PAGE),
        errors=(400, 401),
    ),
    Operation(
        "redeliver",
        "POST",
        f"{WEBHOOKS}/deliveries/{{delivery_id}}/redeliver",
        "Tell an event once more, under the same event id",
        endpoint(redeliver),
        answer=DeliveryBody,
        status=202,
        errors=(401, 404, 409),
    ),
    Operation(
        "new_webhook_secret",
        "POST",
        f"{WEBHOOKS}/secret",
        "A new secret for what is told to a `webhook_url`; shown once, the one before signs a day",
        once(new_secret),
        answer=SecretBody,
        status=201,
        errors=(401,),
    ),
    Operation(
        "read_webhook",
        "GET",
        ONE,
        "A webhook, without its secret",
        endpoint(read_webhook),
        answer=WebhookBody,
        errors=(401, 404),
    ),
    Operation(
        "change_webhook",
        "PATCH",
        ONE,
        "Change where and of what it is told, or switch it on or off",
        endpoint(change_webhook),
        body=WebhookChanges,
        answer=WebhookBody,
        errors=(400, 401, 404),
    ),
    Operation(
        "remove_webhook",
        "DELETE",
        ONE,
        "Forget a webhook and its history",
        endpoint(remove_webhook),
        answer=WebhookRemoved,
        errors=(401, 404),
    ),
    Operation(
        "rotate_webhook_secret",
        "POST",
        f"{ONE}/rotate",
        "A new secret, shown once; the one before signs beside it for a day",
        once(rotate_secret),
        answer=WebhookBody,
        errors=(401, 404),
    ),
    Operation(
        "test_webhook",
        "POST",
        f"{ONE}/test",
        "Send it an event of type `ping`",
        endpoint(test_webhook),
        answer=DeliveryBody,
        status=202,
        errors=(401, 404, 409),
    ),
    Operation(
        "list_deliveries_of_webhook",
        "GET",
        f"{ONE}/deliveries",
        "What a webhook was told in the last 30 days, newest first, with every attempt",
        endpoint(list_deliveries),
        answer=DeliveryList,
        query=PAGE,
        errors=(400, 401, 404),
    ),
)
