"""`GET /v1/admin/plans`: what workspaces can be given every month, and how many are."""

from starlette.requests import Request
from starlette.responses import Response

from limner.api.administration import administrator
from limner.api.operation import Operation, endpoint, json_response
from limner.api.services import Services
from limner.api.wire.plans import PlanList, plan_list


async def list_plans(request: Request, services: Services) -> Response:
    await administrator(request, services)
    plans = services.plans
    return json_response(plan_list(plans.terms, await plans.used()))


OPERATIONS = (
    Operation(
        "list_plans",
        "GET",
        "/v1/admin/plans",
        "The plans of the configuration, and how many workspaces are on each",
        endpoint(list_plans),
        answer=PlanList,
        errors=(401, 403),
    ),
)
