"""`POST /v1/images/generations`: pictures from a prompt."""

from limner.api.asgi import App, Receive, Scope
from limner.api.creating import Asked, Creating, json_asked
from limner.api.operation import Operation, Query
from limner.api.services import Services
from limner.api.wire.frames import FRAMES
from limner.api.wire.images import GenerationBody, Images
from limner.api.wish import read_wish

PATH = "/v1/images/generations"


async def read(scope: Scope, receive: Receive, services: Services) -> Asked:
    caller, body = await json_asked(scope, receive, services)
    return Asked(caller, *read_wish(scope, body, caller.wait_s(services.settings.sync_wait_s)))


def generations(services: Services) -> App:
    return Creating(services, read)


OPERATION = Operation(
    "create_images",
    "POST",
    PATH,
    "Draw pictures from a prompt",
    generations,
    body=GenerationBody,
    answer=Images,
    frames=FRAMES,
    errors=(400, 401, 402, 403, 404, 409, 410, 413, 502, 504),
    query=(
        Query("Prefer", "`wait=N`: be sent away with a job id after N seconds, at most", "header"),
        Query("x-strict-params", "`true`: refuse what would be adjusted or ignored", "header"),
        Query("stream", "`true` or `1`: as `stream` in the body"),
        Query("x-request-id", "an id of your own, which every answer repeats", "header"),
    ),
)
