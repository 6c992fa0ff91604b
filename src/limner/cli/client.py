"""The public API as the command line calls it: like any other client, over HTTP."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlsplit

import msgspec
import typer

from limner.cli.screen import FAILED, UNREACHABLE, USAGE, fail
from limner.providers.http import HttpClient, HttpFailure, Reply
from limner.providers.http_clients import open_client

ANSWER_S = 60.0
LARGEST = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Refusal(Exception):
    """An error envelope as the server sent it, or what it sent instead of one."""

    message: str
    code: str
    job_id: str | None = None
    param: str = ""
    """What of the request it is about."""
    ignored: str = ""
    """Parameters of the request that the model has no use for."""


@dataclass(frozen=True, slots=True)
class Unreachable(Exception):
    """Nobody answered at an address."""

    url: str
    why: str


class ErrorBody(msgspec.Struct):
    message: str
    code: str
    job_id: str | None = None
    param: str | None = None


class Envelope(msgspec.Struct):
    error: ErrorBody


class Api:
    """Its calls raise Refusal for every status but 2xx, and Unreachable."""

    def __init__(self, http: HttpClient, url: str, key: str) -> None:
        self._http = http
        self._url = url.rstrip("/").removesuffix("/v1")
        self._headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}

    async def post(
        self,
        path: str,
        body: object,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = ANSWER_S,
    ) -> dict[str, Any]:
        sent = self._headers | dict(headers or {})
        text = msgspec.json.encode(body)
        try:
            reply = await self._http.post(
                self._url + path, headers=sent, body=text, timeout_s=timeout_s
            )
        except HttpFailure as failure:
            raise Unreachable(self._url, failure.what) from None
        return self._read(reply)

    async def get(self, path: str) -> dict[str, Any]:
        return self._read(await self._get(self._url + path, self._headers))

    async def text(self, path: str) -> str:
        """An answer that is no JSON, as it came."""
        reply = await self._get(self._url + path, self._headers)
        if reply.status != 200:
            self._read(reply)
        return bytes(reply.body).decode()

    async def delete(self, path: str) -> dict[str, Any]:
        try:
            reply = await self._http.delete(
                self._url + path, headers=self._headers, timeout_s=ANSWER_S
            )
        except HttpFailure as failure:
            raise Unreachable(self._url, failure.what) from None
        return self._read(reply)

    async def download(self, link: str) -> tuple[bytes, str]:
        """The bytes behind a link and their content type."""
        reply = await self._get(link, {})
        if reply.status != 200:
            raise Refusal(f"the picture cannot be fetched from {link}", "not_found")
        return bytes(reply.body), reply.headers.get("content-type", "")

    async def _get(self, url: str, headers: Mapping[str, str]) -> Reply:
        try:
            return await self._http.get(url, headers=headers, timeout_s=ANSWER_S)
        except HttpFailure as failure:
            raise Unreachable(url, failure.what) from None

    def _read(self, reply: Reply) -> dict[str, Any]:
        try:
            if 200 <= reply.status < 300:
                return msgspec.json.decode(reply.body, type=dict[str, Any])
            error = msgspec.json.decode(reply.body, type=Envelope).error
        except msgspec.MsgspecError:
            raise Refusal(
                f"what answers at {self._url} is no limner (HTTP {reply.status})", "no_limner"
            ) from None
        ignored = reply.headers.get("x-infery-ignored-params", "")
        raise Refusal(error.message, error.code, error.job_id, error.param or "", ignored)


@asynccontextmanager
async def opened(url: str, key: str) -> AsyncIterator[Api]:
    """A client of the limner at `url`; ends the command where that has no use."""
    if not key:
        fail(
            "no API key: pass --key or set INFERY_API_KEY. `limner key create --test` makes a key "
            "that simulates every model and costs nothing",
            USAGE,
            code="no_api_key",
        )
    if not (key.isascii() and key.isprintable()):
        fail("an API key has only letters, digits and _", USAGE, code="no_api_key")
    if not is_address(url):
        fail(f"{url!r} is no address such as http://127.0.0.1:8000", USAGE, code="no_address")
    http = open_client(max_answer=LARGEST)
    try:
        yield Api(http, url, key)
    except Unreachable as nobody:
        fail(
            f"no limner answers at {nobody.url} ({nobody.why}). Start one with `limner serve`, "
            "or name another with --url or LIMNER_URL",
            UNREACHABLE,
            code="unreachable",
        )
    finally:
        await http.aclose()


def is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def told_refusal(refusal: Refusal) -> NoReturn:
    try:
        fail(refusal.message, FAILED, code=refusal.code, job_id=refusal.job_id)
    except typer.Exit as end:
        raise end from None
