"""`POST /v1/images/upscale`: a picture made larger."""

from limner.api.asgi import App
from limner.api.creating import Creating
from limner.api.operation import Operation, Query
from limner.api.services import Services
from limner.api.wire.edits import UpscaleBody
from limner.api.wire.frames import FRAMES
from limner.api.wire.images import Images
from limner.api.with_pictures import Reading

PATH = "/v1/images/upscale"


def upscale(services: Services) -> App:
    return Creating(services, Reading("upscale"))


OPERATION = Operation(
    "upscale_image",
    "POST",
    PATH,
    "Enlarge a picture",
    upscale,
    body=UpscaleBody,
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
