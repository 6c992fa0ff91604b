"""The public API as the command line calls it: like any other client, over HTTP."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

import msgspec

from limner.cli.screen import UNREACHABLE, USAGE, fail
from limner.providers.http import HttpClient, HttpFailure, Reply
from limner.providers.http_clients import open_client

ANSWER_S = 60.0
LARGEST = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Refusal(Exception):
    """An error envelope as the server sent it."""

    status: int
    message: str
    code: str
    job_id: str | None = None


class ErrorBody(msgspec.Struct):
    message: str
    code: str
    job_id: str | None = None


class Envelope(msgspec.Struct):
    error: ErrorBody


class Api:
    def __init__(self, http: HttpClient, url: str, key: str) -> None:
        self._http = http
        self._url = url.rstrip("/").removesuffix("/v1")
        self._headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}

    async def post(
        self, path: str, body: object, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Raises Refusal for every status but 2xx; ends the command when nobody is there."""
        sent = self._headers | dict(headers or {})
        text = msgspec.json.encode(body)
        try:
            reply = await self._http.post(
                self._url + path, headers=sent, body=text, timeout_s=ANSWER_S
            )
        except HttpFailure as failure:
            self._nobody(failure)
        return answer_of(reply)

    async def get(self, path: str) -> dict[str, Any]:
        return answer_of(await self._get(self._url + path, self._headers))

    async def is_ready(self) -> bool:
        """Whether a limner answers and takes work."""
        try:
            reply = await self._http.get(
                self._url + "/health/ready", headers={}, timeout_s=ANSWER_S
            )
        except HttpFailure:
            return False
        return reply.status == 200

    async def download(self, link: str) -> tuple[bytes, str]:
        """The bytes behind a link and their content type."""
        reply = await self._get(link, {})
        if reply.status != 200:
            raise Refusal(reply.status, f"the picture cannot be fetched from {link}", "not_found")
        return bytes(reply.body), reply.headers.get("content-type", "")

    async def _get(self, url: str, headers: Mapping[str, str]) -> Reply:
        try:
            return await self._http.get(url, headers=headers, timeout_s=ANSWER_S)
        except HttpFailure as failure:
            self._nobody(failure)

    def _nobody(self, failure: HttpFailure) -> NoReturn:
        fail(
            f"no limner answers at {self._url} ({failure.what}). Start one with `limner serve`, "
            "or name another with --url or LIMNER_URL",
            UNREACHABLE,
        )


def answer_of(reply: Reply) -> dict[str, Any]:
    if 200 <= reply.status < 300:
        value: dict[str, Any] = msgspec.json.decode(reply.body, type=dict[str, Any])
        return value
    try:
        error = msgspec.json.decode(reply.body, type=Envelope).error
    except msgspec.MsgspecError:
        raise Refusal(reply.status, f"HTTP {reply.status} without an envelope", "?") from None
    raise Refusal(reply.status, error.message, error.code, error.job_id)


@asynccontextmanager
async def opened(url: str, key: str) -> AsyncIterator[Api]:
    """A client of the limner at `url`; ends the command when no key was given."""
    if not key:
        fail(
            "no API key: pass --key or set INFERY_API_KEY. `limner key create --test` makes a key "
            "that simulates every model and costs nothing",
            USAGE,
        )
    http = open_client(max_answer=LARGEST)
    try:
        yield Api(http, url, key)
    finally:
        await http.aclose()
