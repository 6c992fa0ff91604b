"""Which HTTP client limner speaks through; both pass the same tests."""

from typing import Literal

from limner.providers.arriving import Spool
from limner.providers.http import CONNECT_S, MAX_ANSWER, HttpClient
from limner.providers.http_pyreqwest import PyreqwestClient


def open_client(
    implementation: Literal["pyreqwest", "aiohttp"] = "pyreqwest",
    *,
    connect_timeout_s: float = CONNECT_S,
    max_answer: int = MAX_ANSWER,
    spool: Spool | None = None,
) -> HttpClient:
    """A client to be closed with `aclose`; made inside a running event loop.

    Large answers lie in nameless files of the spool; in memory where none is given.
    """
    if implementation == "pyreqwest":
        return PyreqwestClient(
            connect_timeout_s=connect_timeout_s, max_answer=max_answer, spool=spool
        )
    # aiohttp takes 10 MiB and a tenth of a second, which whoever does not use it saves.
    from limner.providers.http_aiohttp import AiohttpClient

    return AiohttpClient(connect_timeout_s=connect_timeout_s, max_answer=max_answer, spool=spool)
