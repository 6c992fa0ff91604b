"""GET and POST to a URL that a stranger chose, safe to do from inside a network.

The address is judged in the moment its socket is made, so a name cannot lead somewhere else
between check and connection. TLS and Host keep the name of the URL. Nothing is sent along that the
URL's owner did not give: no cookies, no credentials, no proxy. A GET follows redirects, each hop
judged alike; a POST follows none.
"""

import asyncio
import errno
import ipaddress
import re
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import aiohttp
from yarl import URL

from limner.fetch.names import Names, addresses
from limner.fetch.reach import PUBLIC, Reach

CONNECT_S = 5.0
REDIRECTS = 3
LONGEST_URL = 2048
MOVED = frozenset({301, 302, 303, 307, 308})
NOT_PUBLIC = "its address is not a public one"
ODD_HOST = "its host is written in a way that nobody writes one"
NUMERIC = re.compile(r"(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)\.?$", re.ASCII | re.IGNORECASE)
"""A host that ends in a number is an address, however it is written."""
Headers: TypeAlias = Mapping[str, str]


class NotFetched(Exception):
    """`reason` is for whoever gave the URL: it holds no address and nothing the other side said."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class FetchRefused(NotFetched):
    """The URL, or a redirect behind it, leads where limner goes for nobody."""


class FetchFailed(NotFetched):
    """The URL may be asked, but what was wanted could not be had."""


@dataclass(frozen=True, slots=True)
class Fetched:
    content_type: str
    """As the other side says, without parameters; what the bytes are, they say themselves."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Posted:
    status: int
    excerpt: bytes
    """The beginning of the answer."""


@dataclass(slots=True)
class Door:
    """Makes the sockets of one request, and none to an address out of reach."""

    reach: Reach
    refused: bool = field(default=False, init=False)

    def opened(self, info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, address = info
        if not self.reach.covers(address[0], address[1]):
            self.refused = True
            raise OSError(errno.EACCES, NOT_PUBLIC)
        return socket.socket(family, kind, protocol)


async def guarded_get(
    url: str,
    *,
    limit_bytes: int,
    timeout_s: float,
    reach: Reach = PUBLIC,
    tls: ssl.SSLContext | None = None,
) -> Fetched:
    """What a URL leads to, after up to three redirects. Raises FetchRefused, FetchFailed."""
    target = checked(url)
    headers = {"accept-encoding": "identity", "user-agent": "limner"}
    with judged():
        async with asyncio.timeout(timeout_s):
            for _ in range(REDIRECTS + 1):
                async with answered("GET", target, headers, None, reach, tls) as reply:
                    if reply.status not in MOVED:
                        return await fetched(reply, limit_bytes)
                    target = behind(target, reply.headers.get("location", ""))
    raise FetchFailed(f"it is redirected more than {REDIRECTS} times")


async def guarded_post(
    url: str,
    *,
    headers: Headers,
    body: bytes,
    limit_bytes: int,
    timeout_s: float,
    reach: Reach = PUBLIC,
    tls: ssl.SSLContext | None = None,
) -> Posted:
    """Send a body once, and read no more of the answer than the limit.

    Raises FetchRefused, FetchFailed.
    """
    target = checked(url)
    with judged():
        async with (
            asyncio.timeout(timeout_s),
            answered("POST", target, headers, body, reach, tls) as reply,
        ):
            return Posted(reply.status, await beginning(reply, limit_bytes))


async def refuse_unsafe(url: str, *, timeout_s: float, reach: Reach = PUBLIC) -> None:
    """Raises FetchRefused for a URL that will never be asked, without asking it.

    A name that leads nowhere at this moment is let through: it may do so later.
    """
    target = checked(url)
    port = target.port or 0
    try:
        async with asyncio.timeout(timeout_s):
            found = await addresses(target.raw_host or "", port)
    except (TimeoutError, OSError, UnicodeError):
        return
    if not any(reach.covers(address, port) for _, address in found):
        raise FetchRefused(NOT_PUBLIC)


def checked(url: str) -> URL:
    """The parts of a URL. Raises FetchRefused for one that is not http or https, or odd."""
    if len(url) > LONGEST_URL:
        raise FetchRefused(f"it is longer than {LONGEST_URL} characters")
    if not url.isprintable() or " " in url or "\\" in url:
        raise FetchRefused("it holds characters that no URL may hold")
    try:
        target = URL(url)
        port = target.port
    except ValueError:
        raise FetchRefused("it cannot be read as a URL") from None
    if target.scheme not in ("http", "https") or not target.raw_host or not port:
        raise FetchRefused("it does not begin with http:// or https:// and a host")
    if target.raw_user is not None or target.raw_password is not None:
        raise FetchRefused("it holds a name or a password")
    if NUMERIC.search(target.raw_host) and not plain_address(target.raw_host):
        raise FetchRefused(ODD_HOST)
    return target.with_fragment(None)


def plain_address(host: str) -> bool:
    """Whether a host is four numbers with dots, as the one way to write an address."""
    try:
        return str(ipaddress.IPv4Address(host)) == host
    except ValueError:
        return False


def behind(target: URL, location: str) -> URL:
    """Where a redirect leads."""
    if not location:
        raise FetchFailed("it is redirected to nowhere")
    try:
        return checked(str(target.join(URL(location))))
    except ValueError:
        raise FetchRefused("it is redirected to what is no URL") from None


@asynccontextmanager
async def answered(
    method: str,
    target: URL,
    headers: Headers,
    body: bytes | None,
    reach: Reach,
    tls: ssl.SSLContext | None,
) -> AsyncIterator[aiohttp.ClientResponse]:
    door = Door(reach)
    connector = aiohttp.TCPConnector(
        resolver=Names(),
        use_dns_cache=False,
        force_close=True,
        socket_factory=door.opened,
        ssl=tls or True,
    )
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("accept-encoding", "content-type", "user-agent"),
        auto_decompress=False,
        trust_env=False,
        timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_S),
    ) as session:
        try:
            reply = await session.request(
                method, target, headers=headers, data=body, allow_redirects=False
            )
        except aiohttp.ClientConnectorError as error:
            if door.refused:
                raise FetchRefused(NOT_PUBLIC) from None
            raise error from None
        try:
            yield reply
        finally:
            reply.close()


async def fetched(reply: aiohttp.ClientResponse, limit: int) -> Fetched:
    if reply.status != 200:
        raise FetchFailed(f"it is answered with status {reply.status}")
    if (reply.content_length or 0) > limit:
        raise FetchFailed(f"it is larger than {limit} bytes")
    data = await beginning(reply, limit + 1)
    if len(data) > limit:
        raise FetchFailed(f"it is larger than {limit} bytes")
    return Fetched(reply.content_type, data)


async def beginning(reply: aiohttp.ClientResponse, most: int) -> bytes:
    """The first bytes of an answer."""
    pieces: list[bytes] = []
    left = most
    async for piece in reply.content.iter_any():
        pieces.append(piece[:left])
        left -= len(piece)
        if left <= 0:
            break
    return b"".join(pieces)


@contextmanager
def judged() -> Iterator[None]:
    """Let the library's errors leave as ours; their own texts quote addresses."""
    try:
        yield
    except aiohttp.InvalidURL:
        raise FetchRefused(ODD_HOST) from None
    except (aiohttp.ClientError, TimeoutError, OSError, UnicodeError, ValueError) as error:
        raise FetchFailed(said(error)) from None


def said(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError() | UnicodeError():
            return "there is no host of that name"
        case TimeoutError():
            return "it takes too long to answer"
        case aiohttp.ClientConnectorCertificateError():
            return "its certificate is not valid"
        case aiohttp.ClientConnectorSSLError():
            return "no safe connection could be made"
        case aiohttp.ClientConnectorError():
            return "no connection could be made"
        case aiohttp.ClientPayloadError() | aiohttp.ClientResponseError():
            return "its answer cannot be read"
        case _:
            return "the connection broke"
