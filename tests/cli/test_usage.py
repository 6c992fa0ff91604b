"""`limner usage` and `limner requests`, as a person and as a script use them."""

import asyncio
import csv
from collections.abc import Iterator

import pytest
from tests.cli.terminal import Terminal
from tests.databases import FreshUrl
from tests.servers import Server, a_key, administer, serving

from limner.app import Limner
from limner.cli.usage import tell
from limner.settings import Settings

FOX = ("generate", "a fox", "-m", "gpt-image-1", "--quality", "low", "-n", "2", "--json")
REFUSED = ("generate", "[[limner:refuse]]", "-m", "sketch-1")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sqlite_url: FreshUrl) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    settings = Settings(data_dir=folder, database_url=sqlite_url(), test_pace=0.0, drain_s=0.0)
    with serving(settings) as running:
        yield running


async def admin_key(limner: Limner) -> str:
    return (await limner.services.accounts.create_key(None, "admin", "admin"))[1]


@pytest.fixture(scope="module")
def used(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A terminal with a test key of a fresh workspace that drew twice and was refused once."""
    key = asyncio.run(a_key(server.settings, workspace="studio"))
    folder = tmp_path_factory.mktemp("used")
    terminal = Terminal(folder, {"LIMNER_URL": server.url, "INFERY_API_KEY": key})
    terminal.done_inside(*FOX)
    terminal.done_inside("generate", "a kite", "--size", "64x64", "--json")
    assert terminal.inside(*REFUSED).code == 1
    return terminal


def rows(said: str) -> list[list[str]]:
    return [line.split() for line in said.splitlines()[2:]]


def test_usage_is_a_table_that_adds_up(used: Terminal) -> None:
    said = used.done_inside("usage").out
    assert "UTC" in said.splitlines()[0]
    assert said.splitlines()[1].split() == ["model", "requests", "images", "credits", "failed"]
    assert rows(said) == [
        ["gpt-image-1", "1", "2", "3.2676", "0"],
        ["sketch-1", "2", "1", "0", "1"],
        ["total", "3", "3", "3.2676", "1"],
    ]
    assert rows(used.done_inside("usage", "--by", "key", "--mine").out) == [
        ["key", "3", "3", "3.2676", "1"]
    ]
    assert "nothing was used" in used.done_inside("usage", "--until", "2026-01-01").out
    report = used.done_inside("usage", "--by", "day,model", "--since", "1d", "--json").json
    assert report["totals"]["requests"] == 3
    assert set(report["data"][0]) > {"day", "model"}


def test_refunds_have_a_column_where_there_are_some(capsys: pytest.CaptureFixture[str]) -> None:
    counts = {"requests": 1, "images": 1, "credits_used": 4, "failed": 0, "credits_refunded": 1.5}
    tell({"start": 0, "end": 86_400, "data": [{"model": "dall-e-3"} | counts], "totals": counts})
    _, columns, line = capsys.readouterr().out.splitlines()
    assert columns.split()[-3:] == ["credits", "failed", "refunded"]
    assert line.split() == ["dall-e-3", "1", "1", "4", "0", "1.5"]


def test_usage_goes_into_a_spreadsheet(used: Terminal) -> None:
    by_model = list(csv.DictReader(used.done_inside("usage", "--csv").out.splitlines()))
    assert [(row["model"], row["credits_used"]) for row in by_model] == [
        ("gpt-image-1", "3.2676"),
        ("sketch-1", "0"),
    ]
    said = used.done_inside("usage", "--csv", "--by", "none", "--since", "1h").out
    requests = list(csv.DictReader(said.splitlines()))
    assert [row["model"] for row in requests] == ["gpt-image-1", "sketch-1", "sketch-1"]
    assert int(requests[0]["completion_tokens"]) > 0


def test_an_admin_key_sees_every_workspace(used: Terminal, server: Server) -> None:
    key = asyncio.run(administer(server.settings, admin_key))
    said = used.done_inside("usage", "--all", "--test", "--key", key).out
    assert ["studio", "3", "3", "3.2676", "1"] in rows(said)
    assert "nothing was used" in used.done_inside("usage", "--all", "--key", key).out
    assert used.inside("usage", "--all").code == 1


def test_the_log_is_listed_and_one_request_shown(used: Terminal) -> None:
    lines = used.done_inside("requests", "list", "--mine").out.splitlines()[1:]
    assert [line.split()[3:7] for line in lines] == [
        ["sketch-1", "content_policy_violation", "0/1", "0"],
        ["sketch-1", "completed", "1/1", "0"],
        ["gpt-image-1", "completed", "2/2", "3.2676"],
    ]
    fox = lines[-1].split()[0]
    said = used.done_inside("requests", "show", fox).out
    assert said.startswith(f"{fox}: completed, 2 of 2, model gpt-image-1\n")
    for words in ("3.2676 credits, ", "US$40 per million tokens", "provider ", "quality: low"):
        assert words in said
    page = used.done_inside("requests", "list", "--most", "1", "--json").json
    assert page["data"][0]["error_code"] == "content_policy_violation"
    narrowed = ("requests", "list", "--json", "--error", "content_policy_violation")
    assert [one["id"] for one in used.done_inside(*narrowed).json["data"]] == [
        page["data"][0]["id"]
    ]
    assert used.done_inside("requests", "list", "--until", "30d", "--json").json["data"] == []
    rest = used.done("requests", "list", "--most", "2").err
    assert rest.startswith("there are older ones: --after imgjob_")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["usage", "--since", "2026-13-01"], 1, "start must be"),
        (["usage", "--by", "workspace"], 1, "group_by must be"),
        (["usage", "--by", "none"], 1, "format=csv"),
        (["usage", "--csv", "--by", "colour"], 1, "group_by must be"),
        (["usage", "--since", "0d"], 2, "no length of time"),
        (["usage", "--csv", "--json"], 2, "exclude each other"),
        (["requests", "show", "nobodys"], 1, "no such"),
        (["requests", "list", "--status", "done"], 2, "done"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    used: Terminal, words: list[str], code: int, said: str
) -> None:
    ran = used.inside(*words)
    assert ran.code == code
    assert said in ran.out + ran.err
