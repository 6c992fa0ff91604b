"""A gateway as an operator has it: a server, a provider behind it, and keys of every kind."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import Server, administer, serving
from tests.standins.openai import OpenAIStandIn, asked_in

from limner import money
from limner.accounts.api_key import Kind
from limner.app import Limner
from limner.db import schema
from limner.db.base import Statement, Write
from limner.settings import Settings

WEALTH = money.credits(1_000_000)
CONFIG = """
[aliases]
"dall-e-2" = "gpt-image-2-5-flare"
[plans.pro]
title = "Pro"
credits = 90
rollover = 20.5
[plans.scale]
credits = 500
rollover = "all"
"""
IMPATIENT = """
slug = "impatient"
display_name = "Impatient"
owner = "openai"
modality = "image"
status = "active"
released = 2026-11-22
description = "A model that is given one second."
typical_seconds = 1
source = "made for a test"
prompt = { max_chars = 4000 }
n = { max = 1 }
output = { format = "png" }
deployments = [{ provider = "openai", upstream_model = "gpt-image-1", timeout_s = 1 }]

[sizes]
default = "1024x1024"
listed = ["1024x1024"]

[price]
kind = "per_image"
rates = [{ usd = "0.04" }]
"""

EXPIRE = Write(
    "expire", (Statement("UPDATE artifact SET expires_at = NOW_US() - 1 WHERE job_id = :job_id"),)
)


class Upstream:
    """The OpenAI stand-in in a thread of its own, so that clients which block can be tested."""

    def __init__(self) -> None:
        self.standin = OpenAIStandIn()
        self._listening = threading.Event()
        self._stop: asyncio.Event = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> "Upstream":
        self._thread.start()
        self._listening.wait()
        return self

    def __exit__(self, *exc: object) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with self.standin:
            self._listening.set()
            await self._stop.wait()

    async def until_asked(self, prompt: str) -> None:
        """Wait, 10 seconds at most, until a picture of this prompt was asked for."""
        for _ in range(500):
            if self.asked(prompt):
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"nobody asked for {prompt!r}")

    def asked(self, prompt: str) -> int:
        """How often a picture of this prompt was asked for."""
        sent = [asked_in(request)[0] for request in list(self.standin.requests)]
        return sum(wanted.get("prompt") == prompt for wanted in sent)


@dataclass(frozen=True, slots=True)
class Keys:
    live: str
    test: str
    poor: str
    """Live, of a workspace without credits."""
    hasty: str
    """Live, of a workspace whose callers are sent away after a second."""
    stranger: str
    """Test, of another workspace."""
    bound: str
    """Live, for sketch-1 alone."""
    expired: str
    revoked: str
    admin: str


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a refused request must leave as it was."""

    jobs: int
    pictures: int
    wallets: tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True)
class Gateway:
    server: Server
    upstream: Upstream
    keys: Keys

    @property
    def api(self) -> str:
        return self.server.api

    async def holdings(self) -> Holdings:
        url = self.server.settings.database_url
        database = await schema.connect(url, migrate=False)
        try:
            ((jobs,),) = await database.fetch("SELECT COUNT(*) FROM job")
            ((pictures,),) = await database.fetch("SELECT COUNT(*) FROM artifact")
            wallets = await database.fetch("SELECT * FROM wallet ORDER BY workspace_id, ledger")
        finally:
            await database.close()
        assert isinstance(jobs, int)
        assert isinstance(pictures, int)
        return Holdings(jobs, pictures, tuple(wallets))

    async def expire(self, job_id: str) -> None:
        """Let the time of a job's pictures be over."""
        database = await schema.connect(self.server.settings.database_url, migrate=False)
        try:
            await database.write(EXPIRE, {"job_id": job_id})
        finally:
            await database.close()

    async def states(self) -> list[str]:
        """The states of all jobs, oldest first."""
        database = await schema.connect(self.server.settings.database_url, migrate=False)
        try:
            rows = await database.fetch("SELECT state FROM job ORDER BY created_at, id")
        finally:
            await database.close()
        return [str(row[0]) for row in rows]

    async def charged(self, newest: int) -> list[int]:
        """What each of the newest jobs cost, in micro-credits."""
        database = await schema.connect(self.server.settings.database_url, migrate=False)
        try:
            rows = await database.fetch("SELECT charged FROM job ORDER BY created_at DESC, id DESC")
        finally:
            await database.close()
        return [int(row[0] or 0) for row in rows[:newest]]


@contextmanager
def opened(url: str, folder: Path, upstream: Upstream) -> Iterator[Gateway]:
    """A gateway on a fresh database, closed behind the block."""
    (folder / "models").mkdir()
    (folder / "models" / "impatient.toml").write_text(IMPATIENT)
    (folder / "limner.toml").write_text(CONFIG)
    settings = Settings(
        data_dir=folder / "data",
        database_url=url,
        catalog_dirs=(folder / "models",),
        test_pace=0,
        log_level="error",
    )
    keys = asyncio.run(administer(settings, lambda limner: furnish(limner, upstream)))
    with serving(settings, {"LIMNER_CONFIG": str(folder / "limner.toml")}) as server:
        yield Gateway(server, upstream, keys)


async def furnish(limner: Limner, upstream: Upstream) -> Keys:
    """A provider, workspaces and keys."""
    await limner.configs.add(
        "openai",
        "openai",
        base_url=upstream.standin.base_url,
        api_key="sk-standin",
        serves={"dall-e-3": "dall-e-3"},
    )
    accounts = limner.services.accounts
    rich, poor, other, hasty = [
        await accounts.create_workspace(name) for name in ("default", "poor", "other", "hasty")
    ]
    await accounts.set_workspace(hasty.id, {"sync_wait_s": 1})
    for one in (rich, hasty):
        await limner.services.ledger.grant(one.id, WEALTH, f"grant/{one.name}")

    async def key(kind: Kind, *models: str) -> str:
        return (await accounts.create_key(rich, kind, "key", allowed_models=models or ("*",)))[1]

    revoked, secret = await accounts.create_key(rich, "live", "revoked")
    await accounts.revoke_key(revoked.id)
    return Keys(
        live=await key("live"),
        test=await key("test"),
        poor=(await accounts.create_key(poor, "live", "key"))[1],
        hasty=(await accounts.create_key(hasty, "live", "key"))[1],
        stranger=(await accounts.create_key(other, "test", "key"))[1],
        bound=await key("live", "sketch-1"),
        expired=(await accounts.create_key(rich, "live", "short", lives_s=1))[1],
        revoked=secret,
        admin=(await accounts.create_key(None, "admin", "admin"))[1],
    )


async def limited_key(gateway: Gateway, **limits: int) -> str:
    """A fresh test key with limits of its own."""

    async def work(limner: Limner) -> str:
        accounts = limner.services.accounts
        owner = await accounts.workspace("default")
        key, secret = await accounts.create_key(owner, "test", "limited")
        await accounts.limit_key(key.id, limits)
        return secret

    return await administer(gateway.server.settings, work)
