"""`/v1/music/generations`: music from a prompt, and what became of a job that makes some."""

from starlette.requests import Request
from starlette.responses import Response

from limner.api.asgi import App, Receive, Scope
from limner.api.auth import authenticated
from limner.api.creating import Asked, Creating, json_asked
from limner.api.links import base_url
from limner.api.operation import Operation, Query, endpoint, json_response
from limner.api.routes.jobs import bodies, named_job, of_job, of_mode
from limner.api.services import Services
from limner.api.wire.frames import ErrorFrame, ProgressFrame
from limner.api.wire.jobs import MusicJobBody, music_job_body
from limner.api.wire.music import MusicBody, Tracks, TracksFrame
from limner.api.wish import read_song_wish

PATH = "/v1/music/generations"


async def read(scope: Scope, receive: Receive, services: Services) -> Asked:
    caller, body = await json_asked(scope, receive, services)
    return Asked(caller, *read_song_wish(scope, body, caller.wait_s(services.settings.sync_wait_s)))


def generations(services: Services) -> App:
    return Creating(services, read)


async def read_job(request: Request, services: Services) -> Response:
    """The same as `GET /v1/images/jobs/{id}`, with the id told twice, as older clients read it."""
    caller = await authenticated(request.scope, services.accounts)
    job = await named_job(request, caller, services)
    (body,) = await bodies([job], services, base_url(request.scope, services.settings.public_url))
    return json_response(music_job_body(body), headers=of_job(job) | of_mode(caller))


OPERATIONS = (
    Operation(
        "create_music",
        "POST",
        PATH,
        "Make music from a prompt",
        generations,
        body=MusicBody,
        answer=Tracks,
        frames=(ProgressFrame, TracksFrame, ErrorFrame),
        errors=(400, 401, 402, 403, 404, 409, 410, 413, 502, 504),
        query=(
            Query("Prefer", "`wait=N`: be sent away with a job id after N seconds", "header"),
            Query("x-strict-params", "`true`: refuse what would be adjusted or ignored", "header"),
            Query("stream", "`true` or `1`: as `stream` in the body"),
            Query("x-request-id", "an id of your own, which every answer repeats", "header"),
        ),
    ),
    Operation(
        "read_music_job",
        "GET",
        PATH + "/{job_id}",
        "What became of a job, as `GET /v1/images/jobs/{job_id}` tells it",
        endpoint(read_job),
        answer=MusicJobBody,
        errors=(401, 404),
    ),
)
