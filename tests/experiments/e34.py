"""E34, served files cannot act: pages, scripts and pictures that are both come back harmless.

HTML, SVG with a script, PNG and HTML in one, GIF and JavaScript in one, and a PDF are uploaded;
names have paths, line ends, quotes, NUL, marks that turn the direction, 4 kB, or are those Windows
keeps for itself; a provider draws a PNG with a page in it. Raw headers: a type of ours, `nosniff`,
a sandbox, a download of every upload, no line that a name put there, the name of the answer. Then
Chromium opens each by itself, in frames, as scripts, styles and objects: no beacon comes, but one
from a page of the canary's own, which shows that they would. Where there is no Chromium, its part
is a breach in full; in short it is left out and said to be.
"""

import asyncio
import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from tests.experiments.browser import Browser, browsing, chromium
from tests.experiments.e33 import chunk
from tests.experiments.liveness import not_well, size_of
from tests.experiments.run import Run
from tests.faults.invariants import breaches
from tests.faults.load import EACH, Callers, blobs, calling, host, looking, started
from tests.files.pictures import encoded
from tests.servers import Server, a_key
from tests.standins.messages import Answer, Request
from tests.standins.openai import Drawing, OpenAIStandIn
from tests.standins.server import Connection, StandIn

from limner.files.filename import tidied
from limner.settings import Settings

ROUNDS = 3
SHORT = 1
SEEN_S = 0.1
"""For a page to run what it may, before the next is opened."""
AT_LAST_S = 1.0
LONG = "x" * 4096 + ".png"
NAMES: Mapping[str, bytes] = {
    "plain": b"room.png",
    "a path": b"../../../etc/passwd",
    "a path of Windows": b"..\\..\\boot.ini",
    "line ends": b"a%0D%0Aset-cookie: evil=1%0D%0A.html",
    "a bare line feed": b"a\nset-cookie: evil=1.html",
    "quotes": b'a\\"; x=\\".html',
    "NUL": b"page.html\0.png",
    "turned around": "invoice\u202egnp.html".encode(),
    "4 kB": LONG.encode(),
    "reserved": b"CON.png",
    "another reserved": b"aux",
    "other letters": "日本 é.html".encode(),
    "percent": b"%2e%2e%2fpage.html",
    "semicolon": b"a;filename=evil.html",
}
TYPES = frozenset(
    {"image/png", "image/jpeg", "image/webp", "image/gif", "image/avif", "text/plain"}
    | {"text/plain; charset=utf-8", "application/pdf", "application/json", "application/jsonl"}
)
INJECTED = re.compile(rb"(?im)^(set-cookie|x-evil)\s*:")
STAR = re.compile(r"filename\*=UTF-8''([A-Za-z0-9_.~%!$&+^`|'()*-]*)")


class Canary(StandIn):
    """Hears from whatever ran, and has pages of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[str, str] = {}
        self.heard: list[str] = []

    async def answer(self, request: Request, connection: Connection) -> Answer | None:
        path = urlsplit(request.path).path
        if path.startswith("/beacon/"):
            self.heard.append(path.removeprefix("/beacon/"))
        page = self.pages.get(path, "")
        return Answer(200, page.encode(), {"content-type": "text/html"})

    def telling(self, name: str) -> str:
        return f"new Image().src='{self.url}/beacon/{name}';"


def acting(canary: Canary) -> dict[str, tuple[bytes, Sequence[str]]]:
    """Bytes that would run in a browser that let them, and types they may be sent as."""
    page = f"<!doctype html><script>{canary.telling('html')}</script>"
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><script>{canary.telling("svg")}</script></svg>'
    both = f"<html><script>{canary.telling('png-html')}</script>"
    gif = encoded("GIF", "P")
    style = f"body{{background:url('{canary.url}/beacon/css')}}"
    return {
        "html": (page.encode(), ("text/html", "text/plain", "")),
        "svg": (svg.encode(), ("image/svg+xml", "text/plain", "")),
        "png-html": (with_text(encoded(), both.encode()), ("image/png", "text/html", "")),
        "gif-js": (
            b"GIF89a=0;" + canary.telling("gif-js").encode() + b"//" + gif[10:],
            ("image/gif", "text/javascript", ""),
        ),
        "js": (canary.telling("js").encode(), ("text/javascript", "text/plain")),
        "css": (style.encode(), ("text/css", "text/plain")),
        "pdf": (
            b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS("
            + canary.telling("pdf").encode()
            + b")>>>>endobj\n%%EOF",
            ("application/pdf", "text/html", ""),
        ),
    }


def with_text(png: bytes, text: bytes) -> bytes:
    """A picture with a page right behind its header."""
    return png[:33] + chunk(b"tEXt", b"Comment\0" + text) + png[33:]


class Painter(OpenAIStandIn):
    """Draws pictures that hold a page."""

    page = b""

    def given(self, drawing: Drawing) -> list[str]:
        drawn = map(base64.b64decode, super().given(drawing))
        return [base64.b64encode(with_text(one, self.page)).decode() for one in drawn]


@dataclass(slots=True)
class House:
    server: Server
    callers: Callers
    key: str
    links: list[str] = field(default_factory=list)
    """Of what came to lie there."""
    found: list[str] = field(default_factory=list)

    async def upload(self, what: str, data: bytes, kind: str, name: bytes) -> None:
        body = (
            b'--b\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nassistants\r\n--b\r\n'
            b'content-disposition: form-data; name="file"; filename="' + name + b'"\r\n'
        )
        body += b"content-type: " + kind.encode() + b"\r\n" if kind else b""
        body += b"\r\n" + data + b"\r\n--b--\r\n"
        headers = {"content-type": "multipart/form-data; boundary=b"}
        url = f"{self.server.api}/files"
        answer = await self.callers.post(url, headers, data=body)
        if answer.status == 201:
            told = answer.body["filename"]
            link = f"{self.server.api}/files/{answer.body['id']}/content"
            self.links.append(link)
            await self.come_back(what, link, data, told)
        elif answer.status != 400:
            self.found.append(f"{what}: {answer.status} {answer.code or answer.problem}")

    async def come_back(self, what: str, link: str, data: bytes | None, told: str) -> None:
        """Whether it is served as rule 11 has it; `told` is its name, none of a picture."""
        head, body = await raw(link, self.key)
        lines = [line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:]]
        names = [name.lower() for name, _, _ in lines]
        of = {name.lower(): value.strip() for name, _, value in lines}
        wrong = []
        if INJECTED.search(head) or len(set(names)) != len(names):
            wrong.append(f"headers were split: {names}")
        if of.get("content-type") not in TYPES:
            wrong.append(f"its type is {of.get('content-type')}")
        if of.get("x-content-type-options") != "nosniff":
            wrong.append("no nosniff")
        if of.get("content-security-policy") != "sandbox; default-src 'none'":
            wrong.append("no sandbox")
        if data is not None and body != data:
            wrong.append("other bytes came back")
        disposition = of.get("content-disposition", "")
        if told:
            star = STAR.search(disposition)
            named = unquote(star[1]) if star else None
            if named != told or told != tidied(told):
                wrong.append(f"it is called {told!r} and served as {named!r}")
            if not disposition.startswith("attachment; filename="):
                wrong.append(f"it is no download: {disposition}")
        self.found += [f"{what}: {one}" for one in wrong]


async def raw(link: str, key: str) -> tuple[bytes, bytes]:
    """Head and body as they came."""
    url = urlsplit(link)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    path = f"{url.path}?{url.query}" if url.query else url.path
    lines = (f"GET {path} HTTP/1.1", f"host: {url.netloc}", f"authorization: Bearer {key}")
    writer.write("\r\n".join((*lines, "connection: close", "", "")).encode())
    head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return head, body


async def experiment(run: Run) -> list[str]:
    settings = Settings(data_dir=run.folder, database_url=run.fresh_url(), log_level="error")
    async with Painter() as painter, Canary() as canary:
        painter.page = f"<html><script>{canary.telling('drawn')}</script>".encode()
        await host(settings, painter)
        key = await a_key(settings, "live", credits=100_000 * EACH)
        async with (
            started(settings) as server,
            looking(settings) as database,
            calling(key) as callers,
        ):
            await callers.draw(server.api)
            before = size_of(server)
            house = House(server, callers, key)
            for _ in range(run.rounds):
                await served(house, canary)
            found = [*house.found, *await opened(house, canary, run)]
            found += await not_well(database, server, callers, before)
            return found + await breaches(database, blobs(settings))


async def served(house: House, canary: Canary) -> None:
    """Upload everything, and have a picture drawn; look at each as it comes back."""
    for what, (data, kinds) in acting(canary).items():
        for kind in kinds:
            await house.upload(f"{what} as {kind or 'nothing'}", data, kind, b"a." + what.encode())
    page = acting(canary)["html"][0]
    for what, name in NAMES.items():
        await house.upload(f"a name with {what}", page, "text/plain", name)
    answer = await house.callers.draw(house.server.api)
    if answer.status != 200:
        house.found.append(f"a drawing: {answer.status} {answer.code}")
        return
    link = answer.body["data"][0]["url"]
    house.links.append(link)
    await house.come_back("a drawing", link, None, "")


async def opened(house: House, canary: Canary, run: Run) -> list[str]:
    """What ran in Chromium."""
    program = chromium()
    if program is None:
        said = "no Chromium is here: what a browser does was not tried"
        print(said)
        return [] if run.short else [said]
    canary.pages["/control"] = f"<script>{canary.telling('control')}</script>"
    canary.pages["/all"] = "".join(map(embedded, house.links))
    folder = run.folder / "browser"
    async with browsing(program, folder) as browser:
        await browser.begin({"Authorization": f"Bearer {house.key}"}, folder / "downloads")
        await look(browser, house.links, canary)
        missed = set(house.links) - browser.given
    if "control" not in canary.heard:
        return ["Chromium ran nothing at all"]
    ran = sorted(set(canary.heard) - {"control"})
    print(f"Chromium opened {len(house.links)} files, alone and embedded")
    return [f"{one} ran" for one in ran] + [f"{one} was not opened" for one in missed]


async def look(browser: Browser, links: Sequence[str], canary: Canary) -> None:
    for url in (f"{canary.url}/all", *links, f"{canary.url}/control"):
        await browser.open(url)
        await asyncio.sleep(AT_LAST_S if url.endswith("/all") else SEEN_S)
    await asyncio.sleep(AT_LAST_S)
    await browser.call("Page.enable")  # whatever was said meanwhile is heard


def embedded(link: str) -> str:
    """In every way in which a page may hold what lies elsewhere."""
    at = json.dumps(link)
    return (
        f"<iframe src={at}></iframe><script src={at}></script>"
        f"<script type=module src={at}></script><link rel=stylesheet href={at}>"
        f"<object data={at}></object><embed src={at}><img src={at}>"
    )
