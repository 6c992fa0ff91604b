"""`POST /v1/images/variations`, which OpenAI had for one model: there is no such thing here."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from limner.errors import NotFound

PATH = "/v1/images/variations"


async def refuse(request: Request) -> Response:
    raise NotFound(
        "there are no variations here: send the picture to POST /v1/images/edits with a prompt "
        'such as "the same scene, composed differently". Nothing was charged'
    )


ROUTE = Route(PATH, refuse, methods=["POST"])
