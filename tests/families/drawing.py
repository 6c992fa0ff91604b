"""One row at a time: ask with the public client, then look at the money, the bytes and who drew."""

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeAlias

import httpx
from infery import APIError
from tests.contract.clients import Client, Manner, infery_client
from tests.families.rows import PROMPT, ROWS, Row
from tests.families.upstreams import HOSTED_SCHNELL, Standing
from tests.servers import Server, a_key, serving, variables

from limner import money
from limner.settings import Settings

Form: TypeAlias = Literal["url", "b64_json"]
Way: TypeAlias = tuple[Manner, Form]
WAYS: tuple[Way, ...] = (
    ("sync", "url"),
    ("async", "b64_json"),
    ("async", "url"),
    ("sync", "b64_json"),
)
WEALTH = 1000


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one row came to; `wrong` has a line for each thing that is not as it must be."""

    row: Row
    way: Way
    pictures: int
    credits: Decimal
    before: Decimal
    after: Decimal
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class House:
    """A server with every stand-in as a live provider, and a client's key for it."""

    server: Server
    standing: Sequence[Standing]
    key: str
    variables: dict[str, str]

    def audited(self) -> list[str]:
        """What `limner audit` finds wrong, as an operator runs it."""
        done = subprocess.run(
            [sys.executable, "-m", "limner", "audit"],
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        return [] if done.returncode == 0 else [f"limner audit: {done.stdout}{done.stderr}"]


@contextmanager
def house(url: str, folder: Path, standing: Sequence[Standing]) -> Iterator[House]:
    """A server on a fresh database, in an empty folder, with a workspace that has credits."""
    (folder / "models").mkdir()
    (folder / "models" / "hosted-schnell.toml").write_text(HOSTED_SCHNELL)
    config = folder / "limner.toml"
    config.write_text("\n".join(one.in_the_file() for one in standing))
    settings = Settings(
        data_dir=folder / "data",
        database_url=url,
        catalog_dirs=(folder / "models",),
        log_level="error",
    )
    key = asyncio.run(a_key(settings, "live", money.credits(WEALTH)))
    told = {"LIMNER_CONFIG": str(config), **{one.variable: one.key for one in standing}}
    with serving(settings, told) as server:
        yield House(server, standing, key, {**variables(settings), **told})


async def draw(house: House, ways: int = 1) -> list[Drawn]:
    """Each row in so many ways, one after the other, so that each is seen in the balance.

    With one way the rows take turns.
    """
    return [
        await drawn(house, row, WAYS[(number + more) % len(WAYS)])
        for number, row in enumerate(ROWS)
        for more in range(ways)
    ]


async def drawn(house: House, row: Row, way: Way) -> Drawn:
    manner, form = way
    async with client(house, manner) as infery, looking(house) as http:
        before, asked = await balance(http), len(await log(http, house, row))
        try:
            answer = await asking(infery, row, form)
        except APIError as refused:
            return Drawn(row, way, 0, Decimal(0), before, await balance(http), (str(refused),))
        files = await got(http, answer.data)
        after, orders = await balance(http), (await log(http, house, row))[asked:]
    told = Decimal(str(answer.credits_used))
    wrong = (*money_wrong(row, before, told, after), *files_wrong(row, files))
    wrong += tuple(orders_wrong(row, orders))
    return Drawn(row, way, len(files), told, before, after, wrong)


@asynccontextmanager
async def client(house: House, manner: Manner) -> AsyncIterator[Client]:
    async with infery_client(manner, house.server.api, house.key) as infery:
        yield infery


@asynccontextmanager
async def looking(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who reads balances and logs, and has no key by default."""
    async with httpx.AsyncClient(timeout=60) as http:
        http.base_url = httpx.URL(house.server.api)
        http.headers["authorization"] = f"Bearer {house.key}"
        yield http


async def asking(infery: Client, row: Row, form: Form) -> Any:
    if row.modality == "music":
        return await infery.call("music.generate", model=row.model, prompt=PROMPT, **row.params)
    return await infery.call(
        "images.generate",
        model=row.model,
        prompt=PROMPT,
        n=row.n,
        response_format=form,
        **row.params,
    )


async def balance(http: httpx.AsyncClient) -> Decimal:
    told = json.loads((await http.get("/credits")).text, parse_float=Decimal)
    return Decimal(told["balance"])


async def got(http: httpx.AsyncClient, data: Sequence[dict[str, Any]]) -> list[bytes]:
    """The files themselves; a link is opened without a key."""
    files = []
    for item in data:
        if "b64_json" in item:
            files.append(base64.b64decode(item["b64_json"], validate=True))
        else:
            answer = await http.get(item["url"], headers={"authorization": ""})
            files.append(answer.raise_for_status().content)
    return files


async def log(http: httpx.AsyncClient, house: House, row: Row) -> list[dict[str, Any]]:
    """What the row's stand-in was asked for and did, oldest first."""
    (stand,) = [one for one in house.standing if one.upstream.name == row.provider]
    entries = (await http.get(stand.log_url, headers={"authorization": ""})).json()
    return [entry for entry in entries if entry["what"] in ("asked", "completed")]


def money_wrong(row: Row, before: Decimal, told: Decimal, after: Decimal) -> Iterator[str]:
    if told != row.costs:
        yield f"{told} credits are told, and {row.worth} are {row.costs}"
    if before - after != row.costs:
        yield f"the balance fell by {before - after}, not by {row.costs}"


def files_wrong(row: Row, files: Sequence[bytes]) -> Iterator[str]:
    expected = list(row.files())
    if len(files) != len(expected):
        yield f"{len(files)} came instead of {len(expected)}"
    differ = [
        number for number, pair in enumerate(zip(files, expected, strict=False)) if len({*pair}) > 1
    ]
    if differ:
        yield f"other bytes than the stand-in's came as number {differ}"


def orders_wrong(row: Row, entries: Sequence[dict[str, Any]]) -> Iterator[str]:
    for what in ("asked", "completed"):
        models = [one["generation"]["model"] for one in entries if one["what"] == what]
        if models != [row.upstream] * row.calls:
            yield f"the stand-in says {what} {models}, not {row.upstream} {row.calls} times"
