"""`limner webhook`, as a person and as a script use it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.terminal import Terminal
from tests.databases import FreshUrl
from tests.servers import Server, a_key, serving

from limner.settings import Settings


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sqlite_url: FreshUrl) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    settings = Settings(
        data_dir=folder, database_url=sqlite_url(), allow_private_networks="127.0.0.0/8"
    )
    with serving(settings) as running:
        yield running


@pytest.fixture
def terminal(tmp_path: Path, server: Server) -> Terminal:
    key = asyncio.run(a_key(server.settings))
    return Terminal(tmp_path, {"LIMNER_URL": server.url, "INFERY_API_KEY": key})


def test_a_webhook_is_added_tested_rotated_and_removed(terminal: Terminal) -> None:
    url = "http://127.0.0.1:9/hook"
    made = terminal("webhook", "add", url, "--event", "job.failed", "--json").json
    assert (made["url"], made["events"]) == (url, ["job.failed"])
    assert made["id"] in terminal("webhook", "list").out
    assert made["secret"] not in terminal("webhook", "list", "--json").out
    rotated = terminal("webhook", "rotate", made["id"])
    assert "whsec_" in rotated.out
    assert made["secret"] not in rotated.out
    pinged = terminal("webhook", "test", made["id"], "--json").json
    told = terminal("webhook", "deliveries", "--webhook", made["id"])
    assert pinged["id"] in told.out
    assert terminal("webhook", "redeliver", pinged["id"]).code == 0
    assert terminal("webhook", "remove", made["id"]).out == f"{made['id']} is removed\n"
    assert "nothing was told" in terminal("webhook", "deliveries").out
    assert terminal("webhook", "remove", made["id"]).code == 1


def test_an_address_that_leads_inside_is_refused_with_the_reason(terminal: Terminal) -> None:
    refused = terminal("webhook", "add", "http://10.0.0.1/")
    assert refused.code == 1
    assert "not a public one" in refused.err
