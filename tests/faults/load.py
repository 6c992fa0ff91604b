"""Servers with a stand-in behind them, and callers who want pictures of them."""

import asyncio
import hashlib
import itertools
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from tests.servers import Server, administer, serving
from tests.standins.openai import OpenAIStandIn

from limner.app import Limner
from limner.db import schema
from limner.db.base import Database
from limner.settings import Settings

MODEL = "dall-e-2"
SIZE = "256x256"
EACH = 1_600_000
"""What a picture of that size costs, in micro-credits."""
GOES_ON_S = 60.0

numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a caller was answered; `problem` is there when the connection broke."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]
    problem: str = ""

    @property
    def job_id(self) -> str:
        return self.headers.get("x-job-id", "")

    @property
    def code(self) -> str:
        return str(self.body.get("error", {}).get("code", ""))


@dataclass(frozen=True, slots=True)
class Followed:
    """A stream as it came, whole or cut."""

    status: int
    headers: dict[str, str]
    text: bytes
    problem: str = ""

    @property
    def frames(self) -> list[dict[str, Any]]:
        """Those that came whole, without `[DONE]`."""
        lines = [part.removeprefix(b"data: ") for part in self.text.split(b"\n\n")[:-1]]
        return [json.loads(line) for line in lines if line.startswith(b"{")]

    @property
    def done(self) -> bool:
        return self.text.endswith(b"data: [DONE]\n\n")

    @property
    def ends(self) -> list[dict[str, Any]]:
        """Its terminal frames: one, or none where it was cut."""
        return [frame for frame in self.frames if frame["type"] in ("completed", "error")]

    def answer(self) -> Answer:
        """What it came to, as who waits would have been told it."""
        if self.status != 200:
            whole = not self.problem and self.text.startswith(b"{")
            body = json.loads(self.text) if whole else {}
            return Answer(self.status if whole else 0, body, self.headers, self.problem)
        if not self.done:
            return Answer(0, {}, self.headers, self.problem or "cut")
        (end,) = self.ends
        status = end["error"]["status"] if end["type"] == "error" else 200
        return Answer(status, end, self.headers)

    def misled(self) -> list[str]:
        """What a stream must not do (I14); nothing when it is in order."""
        shown = [frame["progress"] for frame in self.frames if frame["type"] == "progress"]
        wrong = [f"I14: progress was {shown}"] if shown != sorted(shown) else []
        if len(self.ends) > 1 or (self.done and not self.ends):
            wrong.append(f"I14: {len(self.ends)} ends, [DONE] is {self.done}")
        return wrong


class Callers:
    """An HTTP client for one key. Prompts are numbered, so that no two orders are the same."""

    def __init__(self, key: str) -> None:
        self._session = aiohttp.ClientSession(
            headers={"authorization": f"Bearer {key}"},
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=GOES_ON_S),
        )

    async def draw(self, api: str, n: int = 1, marker: str = "", **headers: str) -> Answer:
        """Ask for pictures; a connection that breaks is an answer too."""
        return await self.post(f"{api}/images/generations", headers, json=wanted(n, marker))

    async def post(self, url: str, headers: dict[str, str] | None = None, **body: Any) -> Answer:
        """`body` is `json` or `data`, as the client takes it."""
        try:
            async with self._session.post(url, headers=headers, **body) as response:
                names = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status, await response.json(), names)
        except (aiohttp.ClientError, OSError) as error:
            return Answer(0, {}, {}, type(error).__name__)

    async def follow(self, api: str, body: dict[str, Any]) -> Followed:
        """Ask for pictures and follow the stream to its end, or until it is cut."""
        names: dict[str, str] = {}
        status, text = 0, b""
        try:
            async with self._session.post(
                f"{api}/images/generations", json=body | {"stream": True}
            ) as response:
                names = {name.lower(): value for name, value in response.headers.items()}
                status = response.status
                async for chunk in response.content.iter_any():
                    text += chunk
        except (aiohttp.ClientError, OSError) as error:
            return Followed(status, names, text, type(error).__name__)
        return Followed(status, names, text)

    async def get(self, url: str) -> tuple[int, bytes]:
        async with self._session.get(url) as response:
            return response.status, await response.read()

    async def delete(self, url: str) -> int:
        """The status that was answered; 0 where the connection broke."""
        try:
            async with self._session.delete(url) as response:
                return response.status
        except (aiohttp.ClientError, OSError):
            return 0

    async def job(self, api: str, job_id: str) -> dict[str, Any]:
        async with self._session.get(f"{api}/images/jobs/{job_id}") as response:
            assert response.status == 200, await response.text()
            body: dict[str, Any] = await response.json()
            return body

    async def digests(self, api: str, job_id: str) -> list[str]:
        """Collect a completed job's pictures by their links; asserts that each is as promised."""
        body = await self.job(api, job_id)
        assert body["status"] == "completed", body
        for picture in body["data"]:
            status, data = await self.get(picture["url"])
            assert (status, hashlib.sha256(data).hexdigest()) == (200, picture["sha256"])
        return [picture["sha256"] for picture in body["data"]]

    async def close(self) -> None:
        await self._session.close()


def wanted(n: int = 1, marker: str = "", **more: object) -> dict[str, Any]:
    """The body of a request for pictures nobody asked for before."""
    prompt = f"picture number {next(numbers)} {marker}"
    return {"model": MODEL, "prompt": prompt, "n": n, "size": SIZE, **more}


@asynccontextmanager
async def calling(key: str) -> AsyncIterator[Callers]:
    callers = Callers(key)
    try:
        yield callers
    finally:
        await callers.close()


@asynccontextmanager
async def started(
    settings: Settings, environ: Mapping[str, str] | None = None
) -> AsyncIterator[Server]:
    """A server whose start does not keep the stand-in of this process from answering."""
    context = serving(settings, environ)
    server = await asyncio.to_thread(context.__enter__)
    try:
        yield server
    finally:
        await asyncio.to_thread(context.__exit__, None, None, None)


async def host(settings: Settings, standin: OpenAIStandIn) -> None:
    """Let a server's data know the stand-in as a host that serves `MODEL`."""

    async def work(limner: Limner) -> None:
        await limner.configs.add(
            "host",
            "openai",
            base_url=standin.base_url,
            api_key="sk-standin",
            serves={MODEL: MODEL},
        )

    await administer(settings, work)


@asynccontextmanager
async def looking(settings: Settings) -> AsyncIterator[Database]:
    """The database of a server, beside it."""
    url = settings.database_url or f"sqlite:///{settings.data_dir / 'limner.db'}"
    database = await schema.connect(url, migrate=False)
    try:
        yield database
    finally:
        await database.close()


def blobs(settings: Settings) -> Path:
    return settings.data_dir / "blobs"
