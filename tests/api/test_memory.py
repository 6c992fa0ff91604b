"""Large answers cost the server little memory and leave nothing; what is new waits its turn."""

import asyncio
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from tests.api.raw import line_to, request
from tests.contract.gateway import WEALTH, Upstream
from tests.servers import Server, a_key, serving

from limner.settings import Settings

HUGE = 19 * 1024 * 1024
"""Bytes of a picture; its answer has a third more."""
ANSWER_KIB = 25 * 1024
ROOM = 8 * 1024 * 1024
PATH = "/v1/images/generations"
FLARE: dict[str, Any] = {"model": "gpt-image-2-5-flare", "size": "1024x1024"}


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture(scope="module", params=["pyreqwest", "aiohttp"])
def server(
    request: pytest.FixtureRequest, upstream: Upstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One that has room for 8 MiB, which a single answer may go beyond."""
    folder: Path = tmp_path_factory.mktemp("memory")
    config = folder / "limner.toml"
    address = upstream.standin.base_url
    config.write_text(
        f'[providers.openai]\nkind = "openai"\nbase_url = "{address}"\napi_key_env = "A_KEY"\n'
    )
    client: Literal["pyreqwest", "aiohttp"] = request.param
    settings = Settings(
        data_dir=folder, http_client=client, max_bytes_in_flight=ROOM, log_level="error"
    )
    environ = {"LIMNER_CONFIG": str(config), "A_KEY": "sk-standin"}
    with serving(settings, environ) as server:
        yield server


@pytest.fixture
async def key(server: Server) -> str:
    return await a_key(server.settings, "live", WEALTH)


def wanted(prompt: str, size: int, form: str = "b64_json") -> dict[str, Any]:
    return FLARE | {"prompt": f"{prompt} [[standin:huge={size}]]", "response_format": form}


async def drawn(server: Server, key: str, wanted: dict[str, Any]) -> httpx.Response:
    bearer = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(headers=bearer, timeout=60) as client:
        return await client.post(f"{server.url}{PATH}", json=wanted)


def kib(server: Server, name: str) -> int:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    (found,) = re.findall(rf"^{name}:\s+([0-9]+) kB", status, re.MULTILINE)
    return int(found)


def peak_begins(server: Server) -> int:
    """What it holds now, in KiB; `VmHWM` starts again from there."""
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")
    return kib(server, "VmRSS")


def nameless_files(server: Server) -> int:
    """Those that the server holds open although no folder has them."""
    folder = Path(f"/proc/{server.process.pid}/fd")
    data = str(server.settings.data_dir)
    targets = [os.readlink(one) for one in folder.iterdir() if one.is_symlink()]
    return sum(target.startswith(data) and target.endswith("(deleted)") for target in targets)


async def none_left(server: Server) -> None:
    for _ in range(500):
        if not nameless_files(server):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("files of answers are left")


@pytest.mark.parametrize("form", ["b64_json", "url"])
async def test_an_answer_adds_less_than_two_and_a_half_times_its_size(
    server: Server, key: str, form: str
) -> None:
    await drawn(server, key, wanted("first", 1000))
    before = peak_begins(server)
    answer = await drawn(server, key, wanted("large", HUGE, form))
    assert answer.status_code == 200, answer.text[:300]
    assert (len(answer.content) > HUGE) == (form == "b64_json")
    assert kib(server, "VmHWM") - before < 2.5 * ANSWER_KIB
    await none_left(server)


async def test_while_one_answer_waits_to_be_read_new_work_is_sent_away(
    server: Server, key: str
) -> None:
    async with line_to(server) as line:
        await line.send(request(key, wanted("slow", HUGE)))
        await line.reader.readuntil(b"\r\n\r\n")
        refused = await drawn(server, key, wanted("other", 1000))
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "service_unavailable"
        assert (refused.headers["retry-after"], refused.headers["x-should-retry"]) == ("2", "true")
    await none_left(server)  # who read it slowly has gone
    assert (await drawn(server, key, wanted("other", 1000))).status_code == 200


async def test_an_answer_under_way_has_a_file_without_a_name(server: Server, key: str) -> None:
    async with line_to(server) as line:
        await line.send(request(key, wanted("nameless", HUGE)))
        await line.reader.readuntil(b"\r\n\r\n")
        assert nameless_files(server) == 1
    await none_left(server)
