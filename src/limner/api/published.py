"""Text that is the same for everybody: written once, also kept compressed, known by its tag."""

import asyncio
import gzip
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from limner.api.asgi import Header, Receive, Scope, Send, answer, header
from limner.api.download import matches


@dataclass(frozen=True, slots=True)
class Edition:
    plain: bytes
    small: bytes
    tag: str


class Publication:
    """An ASGI callable for a text. `write` is called once, when it is first asked for."""

    def __init__(self, write: Callable[[], bytes], headers: Sequence[Header]) -> None:
        self._write = write
        self._headers = [*headers, ("cache-control", "no-cache"), ("vary", "accept-encoding")]
        self._edition: Edition | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._edition is None:
            self._edition = await asyncio.to_thread(self._edit)
        edition = self._edition
        headers: list[Header] = [*self._headers, ("etag", edition.tag)]
        if matches(header(scope, b"if-none-match"), edition.tag.removeprefix("W/")):
            await answer(send, 304, headers, [])
        elif "gzip" in (header(scope, b"accept-encoding") or ""):
            await answer(send, 200, [*headers, ("content-encoding", "gzip")], [edition.small])
        else:
            await answer(send, 200, headers, [edition.plain])

    def _edit(self) -> Edition:
        text = self._write()
        digest = hashlib.sha256(text).hexdigest()[:32]
        # Weak, because the same tag stands for the compressed bytes too.
        return Edition(text, gzip.compress(text, mtime=0), f'W/"{digest}"')
