"""The pages a browser gets: whole, sealed, cached, and without a network."""

import base64
import gzip
import hashlib
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from tests.servers import Server, serving

from limner.api.openapi.refusals import every_error
from limner.api.operation import Operation
from limner.api.routing import OPERATIONS
from limner.settings import Settings

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PAGES = ("/docs", "/")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(Settings(data_dir=tmp_path_factory.mktemp("web") / "data")) as started:
        yield started


@pytest.fixture(scope="module")
def docs(server: Server) -> str:
    return httpx.get(f"{server.url}/docs").text


class Elements(HTMLParser):
    """All elements of a page with their attributes, and whether each was closed."""

    VOID = frozenset({"meta", "link", "input", "br", "hr", "wbr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def values(self, attribute: str) -> list[str]:
        return [said for _, attrs in self.found if (said := attrs.get(attribute))]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_well_formed_and_its_ids_are_its_own(server: Server, path: str) -> None:
    page = Elements(httpx.get(server.url + path, headers=BROWSER).text)
    ids = page.values("id")
    assert page.open == []
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in page.values("href") if link[0] == "#"} <= set(ids)
    assert set(page.values("for")) <= set(ids)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_nothing(server: Server, path: str) -> None:
    page = Elements(httpx.get(server.url + path, headers=BROWSER).text)
    assert page.values("src") == []
    for tag, attrs in page.found:
        href = attrs.get("href") or ""
        assert tag != "link" or href.startswith("data:")
        assert "style" not in attrs
        assert not any(name.startswith("on") for name in attrs)


@pytest.mark.parametrize("path", PAGES)
def test_its_policy_admits_its_own_style_and_script_and_nothing_else(
    server: Server, path: str
) -> None:
    answer = httpx.get(server.url + path, headers=BROWSER)
    policy = dict(
        one.split(" ", 1) for one in answer.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    for tag in ("style", "script"):
        (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", answer.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert policy[f"{tag}-src"] == f"'sha256-{digest}'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not re.search("<(script|style) ", answer.text)


@pytest.mark.parametrize("path", [*PAGES, "/openapi.json"])
def test_it_is_sent_small_to_whoever_can_unpack_it_and_not_again_to_whoever_has_it(
    server: Server, path: str
) -> None:
    plain = httpx.get(server.url + path, headers=BROWSER | {"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with httpx.stream("GET", server.url + path, headers=BROWSER) as packed:
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.headers["vary"] == "accept-encoding"
        assert gzip.decompress(b"".join(packed.iter_raw())) == plain.content
    tag = {"if-none-match": plain.headers["etag"]}
    known = httpx.get(server.url + path, headers=BROWSER | tag)
    assert (known.status_code, known.content) == (304, b"")
    head = httpx.head(server.url + path, headers=BROWSER | {"accept-encoding": "identity"})
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) == len(plain.content)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_an_operation_is_shown_with_how_to_call_it(docs: str, operation: Operation) -> None:
    (article,) = re.findall(f'<article id="{operation.name}".*?</article>', docs, re.DOTALL)
    text = re.sub("<[^>]+>", "", article)
    assert operation.path in text
    assert "curl" in text
    assert "import httpx" in text or "from openai import" in text
    assert f'href="#{operation.name}"' in docs.partition("<main")[0]


def test_every_error_code_is_explained_once(docs: str) -> None:
    for error in every_error():
        assert docs.count(f'id="error-{error.code}"') == 1


def test_tabs_are_chosen_without_a_script(docs: str) -> None:
    page = Elements(docs)
    radios = [attrs for tag, attrs in page.found if attrs.get("type") == "radio"]
    names = {one["name"] for one in radios}
    assert len(radios) == 2 * len(names)
    assert sum("checked" in one for one in radios) == len(names)
    assert ".tab-1:checked ~ .panel" in docs


def test_a_browser_at_the_root_is_shown_where_to_go(server: Server) -> None:
    answer = httpx.get(server.url, headers=BROWSER)
    assert answer.status_code == 200
    assert 'href="/docs"' in answer.text
    assert "inf_" in answer.text


def test_a_program_at_the_root_is_told_there_is_nothing(server: Server) -> None:
    for accept in ("*/*", "application/json"):
        answer = httpx.get(server.url, headers={"accept": accept})
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "not_found"
        assert "/docs" in answer.json()["error"]["message"]


def test_style_and_script_are_ours_and_small(docs: str) -> None:
    folder = Path(__file__).parents[2] / "src/limner/web"
    for name in ("style.css", "script.js"):
        text = (folder / name).read_text("utf-8")
        assert len(text) < 20_000
        assert "://" not in re.sub(r"http://127\.0\.0\.1:8000", "", text)
        assert "@import" not in text
    assert len(gzip.compress(docs.encode())) < 100_000
