"""The kinds of provider limner can call: where each is by default and how to open one.

`limner provider add NAME --kind KIND --base-url URL --api-key-env VARIABLE` names a kind of these;
several providers of one kind may stand side by side, each with an address and a key of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from limner.errors import ConfigError
from limner.providers.base import ImageProvider
from limner.providers.http import HttpClient
from limner.providers.http_clients import open_client
from limner.providers.openai import OpenAIImages

ClientName: TypeAlias = Literal["pyreqwest", "aiohttp"]


@dataclass(frozen=True, slots=True)
class ProviderKind:
    base_url: str
    api_key_env: str
    """The variable that usually holds the key."""
    open: Callable[[HttpClient, str, str], ImageProvider]
    """From an HTTP client, a base address and a key."""


KINDS: dict[str, ProviderKind] = {
    "openai": ProviderKind(
        "https://api.openai.com/v1",
        "OPENAI_API_KEY",
        lambda http, base_url, key: OpenAIImages(http, base_url=base_url, api_key=key),
    ),
}


def kind_named(name: str) -> ProviderKind:
    """Raises ConfigError with the kinds there are."""
    if name not in KINDS:
        raise ConfigError(f"kind must be one of {', '.join(KINDS)}")
    return KINDS[name]


def address(kind: str, base_url: str = "") -> str:
    """Where a provider of a kind is called, by default or as told, without a slash at its end.

    Raises ConfigError for a text that is no such address.
    """
    known = kind_named(kind)
    try:
        url = urlsplit(base_url or known.base_url)
        port_fits = url.port != 0
    except ValueError:
        raise no_address(known) from None
    plain = not (url.username or url.password or url.query or url.fragment)
    if url.scheme not in ("http", "https") or not (url.hostname and plain and port_fits):
        raise no_address(known)
    return url.geturl().rstrip("/")


def no_address(known: ProviderKind) -> ConfigError:
    """Does not repeat the address, which may hold a password."""
    return ConfigError(
        f"base_url must be like {known.base_url}: http or https and a host, "
        "without a user name, a query or a fragment"
    )


def build(kind: str, base_url: str, api_key: str, client: ClientName) -> ImageProvider:
    """A connected provider with an HTTP client of its own. Raises ConfigError."""
    known, url = kind_named(kind), address(kind, base_url)
    if not (api_key and api_key.isascii() and api_key.isprintable()):
        raise ConfigError("the API key is empty or has characters that no header carries")
    return known.open(open_client(client), url, api_key)
