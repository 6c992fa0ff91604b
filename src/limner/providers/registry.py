"""The kinds of provider limner can call: a name, a default address and how to open one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from limner.providers.base import ImageProvider
from limner.providers.http import HttpClient
from limner.providers.http_clients import open_client
from limner.providers.openai import OpenAIImages

ClientName: TypeAlias = Literal["pyreqwest", "aiohttp"]


@dataclass(frozen=True, slots=True)
class ProviderKind:
    base_url: str
    open: Callable[[HttpClient, str, str], ImageProvider]
    """From an HTTP client, a base address and a key."""


KINDS: dict[str, ProviderKind] = {
    "openai": ProviderKind(
        "https://api.openai.com/v1",
        lambda http, base_url, key: OpenAIImages(http, base_url=base_url, api_key=key),
    ),
}


def build(kind: str, base_url: str, api_key: str, client: ClientName) -> ImageProvider:
    """A connected provider with an HTTP client of its own."""
    known = KINDS[kind]
    return known.open(open_client(client), (base_url or known.base_url).rstrip("/"), api_key)
