"""`/v1/admin/workspaces/{id}/refunds` and `/corrections`: new lines that name what they correct."""

from starlette.requests import Request
from starlette.responses import Response

from limner.api.administration import told
from limner.api.asgi import header
from limner.api.once import once
from limner.api.operation import Operation, json_response
from limner.api.services import Services
from limner.api.wire.corrections import (
    CorrectionBody,
    NewCorrection,
    NewRefund,
    RefundBody,
    correction_body,
    refund_body,
)
from limner.ids import new_id

WORKSPACE = "/v1/admin/workspaces/{id}"


async def refund(request: Request, services: Services) -> Response:
    wanted = await told(request, services, NewRefund)
    owner = await services.accounts.workspace(request.path_params["id"])
    done = await services.ledger.refund(
        owner.id,
        wanted.job_id,
        named(request, wanted.operation) or new_id("refund"),
        amount=wanted.amount(),
        note=wanted.note,
    )
    return json_response(refund_body(wanted.job_id, done), 201 if done.moved else 200)


async def correct(request: Request, services: Services) -> Response:
    wanted = await told(request, services, NewCorrection)
    owner = await services.accounts.workspace(request.path_params["id"])
    done = await services.ledger.correct(
        owner.id,
        wanted.corrects,
        named(request, wanted.operation) or new_id("correct"),
        amount=wanted.amount(),
        note=wanted.note,
    )
    return json_response(correction_body(wanted.corrects, done), 201 if done.moved else 200)


def named(request: Request, operation: str | None) -> str | None:
    return operation or header(request.scope, b"idempotency-key")


REPEATED = {200: "the operation had been done before; nothing was moved"}

OPERATIONS = (
    Operation(
        "refund_job",
        "POST",
        WORKSPACE + "/refunds",
        "Give a job's charge back, or some of it",
        once(refund, admin=True),
        body=NewRefund,
        answer=RefundBody,
        status=201,
        others=REPEATED,
        errors=(400, 401, 403, 404, 409),
    ),
    Operation(
        "correct_credits",
        "POST",
        WORKSPACE + "/corrections",
        "Take back what an operation gave, or some of it, as long as it is free",
        once(correct, admin=True),
        body=NewCorrection,
        answer=CorrectionBody,
        status=201,
        others=REPEATED,
        errors=(400, 401, 402, 403, 404),
    ),
)
