"""The kinds of provider limner can call: where each is by default and how to open one.

`limner provider add NAME --kind KIND --base-url URL --api-key-env VARIABLE` names a kind of these;
several providers of one kind may stand side by side, each with an address and a key of its own.
What one kind alone wants to know, such as a region, are its options. Installed packages may bring
kinds of their own.
"""

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from limner.errors import ConfigError
from limner.fetch.reach import PUBLIC, Reach
from limner.providers.alibaba import AlibabaImages
from limner.providers.alibaba_regions import SHARED, WORKSPACE, address_of, host_of
from limner.providers.arriving import Spool
from limner.providers.base import ImageProvider
from limner.providers.bfl import BlackForestLabs
from limner.providers.comfyui import ComfyUI
from limner.providers.comfyui_workflows import workflows_in
from limner.providers.compatible import CompatibleImages
from limner.providers.dialects import DIALECTS
from limner.providers.fal import FalQueue
from limner.providers.google import GoogleImages
from limner.providers.google_access import Developer, Vertex, account_of, vertex_address
from limner.providers.http_clients import open_client
from limner.providers.installed import installed, loaded, trouble_of
from limner.providers.kind import Opening, Option, ProviderKind
from limner.providers.openai import OpenAIImages
from limner.providers.suno import Suno
from limner.providers.xai import XaiImages

ClientName: TypeAlias = Literal["pyreqwest", "aiohttp"]


def google(at: Opening) -> ImageProvider:
    access = Developer(at.base_url, at.api_key, at.options["version"])
    return GoogleImages(at.http, access)


def vertex(at: Opening) -> ImageProvider:
    """Raises ConfigError for a key that is no service account."""
    account = account_of(at.api_key)
    access = Vertex(
        at.http,
        at.base_url,
        account,
        project=at.options["project"] or account.project_id,
        region=at.options["region"],
        version=at.options["version"],
    )
    return GoogleImages(at.http, access)


WHOLE = r"[0-9]{1,4}"
EVERY_KINDS: Mapping[str, Option] = {
    "priority": Option("a whole number; of several providers the lowest is asked first", WHOLE),
    "weight": Option("a whole number; among equals it is asked first that often", WHOLE),
    "most_at_once": Option("a whole number; orders it has at the same time", r"[1-9][0-9]{0,3}"),
}
"""What can be said of every provider; `generation/` reads these."""

KINDS: dict[str, ProviderKind] = {
    "openai": ProviderKind(
        "https://api.openai.com/v1",
        "OPENAI_API_KEY",
        lambda at: OpenAIImages(at.http, base_url=at.base_url, api_key=at.api_key),
    ),
    "azure": ProviderKind(
        "",
        "AZURE_OPENAI_API_KEY",
        lambda at: OpenAIImages(
            at.http,
            base_url=at.base_url,
            api_key=at.api_key,
            api_version=at.options["api_version"],
        ),
        options={
            "api_version": Option(
                "the version of Azure's API such as 2025-04-01-preview",
                r"[0-9]{4}-[0-9]{2}-[0-9]{2}(-preview)?",
                required=True,
            )
        },
    ),
    "google": ProviderKind(
        "https://generativelanguage.googleapis.com",
        "GEMINI_API_KEY",
        google,
        options={"version": Option("v1 or v1beta", r"v1(beta)?", "v1")},
    ),
    "vertex": ProviderKind(
        vertex_address("global"),
        "GOOGLE_APPLICATION_CREDENTIALS",
        vertex,
        key_is_document=True,
        options={
            "project": Option("the project that pays; default: the service account's own"),
            "region": Option(
                "where it is drawn: global, us, eu or a region such as europe-west4",
                r"[a-z]+(-[a-z]+[0-9]+)?",
                "global",
            ),
            "version": Option("v1 or v1beta1", r"v1(beta1)?", "v1"),
        },
        place=lambda told, options: told or vertex_address(options["region"]),
    ),
    "suno": ProviderKind(
        "",
        "SUNO_API_KEY",
        lambda at: Suno(at.http, base_url=at.base_url, api_key=at.api_key, reach=at.reach),
    ),
    "compatible": ProviderKind(
        "",
        "COMPATIBLE_API_KEY",
        lambda at: CompatibleImages(
            at.http,
            base_url=at.base_url,
            api_key=at.api_key,
            dialect=at.options["dialect"],
            reach=at.reach,
        ),
        options={
            "dialect": Option(
                f"which server it is: {', '.join(DIALECTS)}", "|".join(DIALECTS), "openai"
            )
        },
        needs_key=False,
    ),
    "comfyui": ProviderKind(
        "",
        "COMFYUI_API_KEY",
        lambda at: ComfyUI(
            at.http,
            base_url=at.base_url,
            workflows=workflows_in(at.options["workflows"]),
            api_key=at.api_key,
            reach=at.reach,
        ),
        options={
            "workflows": Option(
                "the folder with its workflows, as a path that begins with /",
                r"/[^\x00-\x1f]{0,500}",
                required=True,
                check=workflows_in,
            )
        },
        needs_key=False,
    ),
    "bfl": ProviderKind(
        "https://api.bfl.ai/v1",
        "BFL_API_KEY",
        lambda at: BlackForestLabs(
            at.http, base_url=at.base_url, api_key=at.api_key, reach=at.reach
        ),
    ),
    "fal": ProviderKind(
        "https://queue.fal.run",
        "FAL_KEY",
        lambda at: FalQueue(at.http, base_url=at.base_url, api_key=at.api_key, reach=at.reach),
    ),
    "xai": ProviderKind(
        "https://api.x.ai/v1",
        "XAI_API_KEY",
        lambda at: XaiImages(at.http, base_url=at.base_url, api_key=at.api_key),
    ),
    "alibaba": ProviderKind(
        host_of("", ""),
        "DASHSCOPE_API_KEY",
        lambda at: AlibabaImages(at.http, base_url=at.base_url, api_key=at.api_key, reach=at.reach),
        options={
            "region": Option(f"where the key belongs: {', '.join(SHARED)}", "|".join(SHARED)),
            "workspace": Option("the workspace, for a host of its own", WORKSPACE),
        },
        place=lambda told, options: address_of(told, options["region"], options["workspace"]),
    ),
}


def kinds() -> tuple[str, ...]:
    """The names of limner's own kinds, and behind them of those that packages bring."""
    return (*KINDS, *sorted(installed().keys() - KINDS.keys()))


def kind_named(name: str) -> ProviderKind:
    """Raises ConfigError, for an unknown name with the kinds there are."""
    if name in KINDS:
        return KINDS[name]
    if name not in installed():
        raise ConfigError(f"kind must be one of {', '.join(kinds())}")
    return loaded(name)


def address(kind: str, base_url: str = "", options: Mapping[str, str] | None = None) -> str:
    """Where a provider is called: as told, else by its options or its kind; ends in no slash.

    Raises ConfigError for a text that is no such address, and for options that lead nowhere.
    """
    known = kind_named(kind)
    told = base_url or known.base_url
    if known.place is not None:
        told = known.place(base_url, checked_options(kind, options or {}))
    if not told:
        raise ConfigError(f"a provider of kind {kind} is a server of your own; say its base_url")
    try:
        url = urlsplit(told)
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
        f"base_url must be like {known.base_url or 'http://127.0.0.1:8188'}: http or https and a "
        "host, without a user name, a query or a fragment"
    )


def checked_options(kind: str, given: Mapping[str, str]) -> dict[str, str]:
    """The options of a kind, with what was not given at its default.

    Raises ConfigError naming the option that is unknown, missing or not written as it must be.
    """
    known = {**kind_named(kind).options, **EVERY_KINDS}
    for name in given:
        if name not in known:
            raise ConfigError(f"kind {kind} has no option {name!r}; it has {', '.join(known)}")
    options = {name: given.get(name, option.default) for name, option in known.items()}
    for name, option in known.items():
        if not options[name] and option.required:
            raise ConfigError(f"kind {kind} needs the option {name}: {option.says}")
        if options[name] and not re.fullmatch(option.pattern, options[name]):
            raise ConfigError(f"the option {name} does not fit: {option.says}")
        if options[name] and option.check:
            option.check(options[name])
    return options


def build(
    kind: str,
    base_url: str,
    api_key: str,
    client: ClientName,
    *,
    options: Mapping[str, str] | None = None,
    reach: Reach = PUBLIC,
    spool: Spool | None = None,
) -> ImageProvider:
    """A connected provider with an HTTP client of its own. Raises ConfigError."""
    known, told = kind_named(kind), checked_options(kind, options or {})
    url = address(kind, base_url, told)
    if not api_key and known.needs_key:
        raise ConfigError("the API key is empty")
    if not (api_key.isascii() and (api_key.isprintable() or not api_key)):
        raise ConfigError("the API key has characters that no header carries")
    opening = Opening(open_client(client, spool=spool), url, api_key, told, reach)
    if kind in KINDS:
        return known.open(opening)
    with trouble_of(kind, "cannot open a provider"):
        return known.open(opening)
