"""The providers an operator has configured: in `limner.toml`, or with `limner provider add`."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import msgspec

from limner.db.base import Database
from limner.errors import ConfigError, InvalidParams, NotFound
from limner.generation import store
from limner.providers.registry import address, checked_options, kind_named, kinds
from limner.settings import Settings
from limner.vault import Vault

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """One configured provider; its key is in the environment or sealed, never in the open."""

    name: str
    kind: str
    base_url: str
    api_key_env: str
    sealed_key: str | None
    serves: Mapping[str, str]
    source: str
    options: Mapping[str, str] = field(default_factory=dict)

    def api_key(self, vault: Vault, environ: Mapping[str, str] = os.environ) -> str:
        """The key, or an empty text when it is nowhere to be found."""
        if self.sealed_key:
            return vault.open(self.sealed_key, about=f"provider/{self.name}")
        return environ.get(self.api_key_env, "") if self.api_key_env else ""


class ProviderConfigs:
    def __init__(self, database: Database, vault: Vault, settings: Settings) -> None:
        self._database = database
        self._vault = vault
        self._settings = settings

    async def entries(self) -> list[ProviderEntry]:
        """Every configured provider; what stands in the file wins over the database."""
        known = {entry.name: entry for entry in await self._stored()}
        for name, config in self._settings.providers.items():
            known[name] = ProviderEntry(
                name,
                config.kind,
                config.base_url,
                config.api_key_env,
                None,
                config.serves,
                "file",
                config.options,
            )
        return sorted(known.values(), key=lambda entry: entry.name)

    async def _stored(self) -> list[ProviderEntry]:
        rows = await self._database.fetch(store.PROVIDERS)
        return [
            ProviderEntry(
                *cast(tuple[str, str, str, str, str | None], row[:5]),
                msgspec.json.decode(cast(str, row[5]), type=dict[str, str]),
                "database",
                msgspec.json.decode(cast(str, row[6]), type=dict[str, str]),
            )
            for row in rows
        ]

    async def add(
        self,
        name: str,
        kind: str,
        *,
        base_url: str = "",
        api_key_env: str = "",
        api_key: str = "",
        serves: Mapping[str, str] | None = None,
        options: Mapping[str, str] | None = None,
    ) -> ProviderEntry:
        """Store a provider, replacing one of the same name. Raises InvalidParams."""
        check_name(name)
        self._check_not_in_file(name)
        check_kind(kind)
        check_options(kind, base_url, options or {})
        check_address(kind, base_url, options or {})
        check_key(kind, api_key_env, api_key)
        sealed = self._vault.seal(api_key, about=f"provider/{name}") if api_key else None
        await self._database.write(
            store.ADD_PROVIDER,
            {
                "name": name,
                "kind": kind,
                "base_url": base_url,
                "api_key_env": api_key_env,
                "sealed_key": sealed,
                "serves": msgspec.json.encode(dict(serves or {})).decode(),
                "options": msgspec.json.encode(dict(options or {})).decode(),
            },
        )
        return next(entry for entry in await self.entries() if entry.name == name)

    async def remove(self, name: str) -> None:
        """Raises NotFound for a name that is not stored, InvalidParams for one of the file."""
        if (await self._database.write(store.REMOVE_PROVIDER, {"name": name})).refusal:
            self._check_not_in_file(name)
            raise NotFound(f"there is no provider {name!r}; `limner provider list` shows them")

    def _check_not_in_file(self, name: str) -> None:
        if name in self._settings.providers:
            raise InvalidParams(
                f"provider {name!r} stands in the settings file, which wins; change it there",
                param="name",
            )


def check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise InvalidParams(
            "a provider's name is 1 to 40 lower-case letters, digits, dashes or underscores",
            param="name",
        )


def check_kind(kind: str) -> None:
    if kind not in kinds():
        raise InvalidParams(f"kind must be one of {', '.join(kinds())}", param="kind")
    try:
        kind_named(kind)
    except ConfigError as error:
        raise InvalidParams(str(error), param="kind") from None


def check_options(kind: str, base_url: str, options: Mapping[str, str]) -> None:
    """Whether they are what the kind knows, and lead somewhere."""
    try:
        told, place = checked_options(kind, options), kind_named(kind).place
        if place is not None:
            place(base_url, told)
    except ConfigError as error:
        raise InvalidParams(str(error), param="options") from None


def check_address(kind: str, base_url: str, options: Mapping[str, str]) -> None:
    try:
        address(kind, base_url, options)
    except ConfigError as error:
        raise InvalidParams(str(error), param="base_url") from None


def check_key(kind: str, variable: str, api_key: str) -> None:
    """A key given where the name of its variable belongs would be stored in the open."""
    if variable and not VARIABLE.fullmatch(variable):
        raise InvalidParams(
            "api_key_env is the name of an environment variable, such as OPENAI_API_KEY",
            param="api_key_env",
        )
    if kind_named(kind).key_is_document and api_key.startswith("{"):
        return
    if api_key and not (api_key.isascii() and api_key.isprintable() and " " not in api_key):
        raise InvalidParams("the API key has characters that no header carries", param="api_key")
