"""`GET /v1/admin/losses`: what the operator bore in a time: sums, and job by job."""

from typing import Annotated, Literal

from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from limner.api.administration import administrator
from limner.api.operation import Operation, Query, endpoint, json_response
from limner.api.periods import LONGEST_DAYS, Period, period
from limner.api.queries import given, one_of, whole
from limner.api.services import Services
from limner.api.wire.losses import LossList, loss_body, sum_body, totals
from limner.clock import wall
from limner.ledger.losses import Time

A_PAGE, MOST = 100, 1000


async def list_losses(request: Request, services: Services) -> Response:
    await administrator(request, services)
    query = given(request.query_params)
    span = period(query, wall())
    mode = one_of(query, "mode", ("live", "test"))
    time = Time("test" if mode == "test" else "live", span.start_us, span.end_us)
    most = whole(query, "limit", 1, MOST) or A_PAGE
    return json_response(await losses_of(services, time, span, most, query.get("after")))


async def losses_of(
    services: Services, time: Time, span: Period, most: int, after: str | None
) -> LossList:
    found, has_more = await services.losses.page(time, most, after)
    sums = await services.losses.sums(time)
    names = {one.id: one.name for one in await services.accounts.workspaces()}
    return LossList(
        object="list",
        mode=time.ledger,
        start=span.start,
        end=span.end,
        totals=totals(sums),
        sums=[sum_body(one) for one in sums],
        data=[loss_body(one, names) for one in found],
        last_id=found[-1].job_id if found else None,
        has_more=has_more,
    )


OPERATIONS = (
    Operation(
        "list_losses",
        "GET",
        "/v1/admin/losses",
        "What the operator bore in a time: sums, and each loss with its job, newest first",
        endpoint(list_losses),
        answer=LossList,
        query=(
            Query("start", "from this unix second, date or time of UTC on; unsaid this month"),
            Query("end", f"until before this one; at most {LONGEST_DAYS} days later"),
            Query("mode", "`test` for what test keys did", kind=Literal["live", "test"]),
            Query("after", "the id of a job: only losses older than its, for the next page"),
            Query(
                "limit", f"how many; {A_PAGE} unless said", kind=Annotated[int, Meta(ge=1, le=MOST)]
            ),
        ),
        errors=(400, 401, 403),
    ),
)
