"""Which HTTP client limner speaks through; both pass the same tests."""

from typing import Literal

from limner.providers.http import CONNECT_S, MAX_ANSWER, HttpClient
from limner.providers.http_aiohttp import AiohttpClient
from limner.providers.http_pyreqwest import PyreqwestClient

IMPLEMENTATIONS: dict[str, type[PyreqwestClient] | type[AiohttpClient]] = {
    "pyreqwest": PyreqwestClient,
    "aiohttp": AiohttpClient,
}


def open_client(
    implementation: Literal["pyreqwest", "aiohttp"] = "pyreqwest",
    *,
    connect_timeout_s: float = CONNECT_S,
    max_answer: int = MAX_ANSWER,
) -> HttpClient:
    """A client to be closed with `aclose`; made inside a running event loop."""
    client = IMPLEMENTATIONS[implementation]
    return client(connect_timeout_s=connect_timeout_s, max_answer=max_answer)
