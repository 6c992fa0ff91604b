"""Providers as an operator configures them: stored, sealed, replaced, removed."""

from pathlib import Path

import pytest

from limner.db.base import Database
from limner.errors import ConfigError, InvalidParams, NotFound
from limner.generation.provider_config import ProviderConfigs
from limner.settings import ProviderConfig, Settings
from limner.vault import Vault

VAULT = Vault(bytes(32))
KEY = "sk-very-secret"


def configs(database: Database, **providers: ProviderConfig) -> ProviderConfigs:
    return ProviderConfigs(database, VAULT, Settings(data_dir=Path(), providers=providers))


async def test_a_key_is_sealed_and_opens_only_for_its_provider(database: Database) -> None:
    entry = await configs(database).add("mine", "openai", api_key=KEY)
    assert entry.sealed_key is not None
    assert KEY not in str(await database.fetch("SELECT * FROM provider"))
    assert KEY not in repr(entry)
    assert entry.api_key(VAULT) == KEY
    with pytest.raises(ConfigError):
        VAULT.open(entry.sealed_key, about="provider/other")
    with pytest.raises(ConfigError):
        entry.api_key(Vault(bytes(31) + b"1"))


async def test_a_key_in_the_environment_is_read_when_it_is_needed(database: Database) -> None:
    entry = await configs(database).add("mine", "openai", api_key_env="MY_KEY")
    assert entry.api_key(VAULT, {"MY_KEY": KEY}) == KEY
    assert entry.api_key(VAULT, {}) == ""


async def test_a_provider_without_any_key_has_none(database: Database) -> None:
    assert (await configs(database).add("mine", "openai")).api_key(VAULT, {}) == ""


async def test_adding_one_again_replaces_all_of_it(database: Database) -> None:
    known = configs(database)
    await known.add("mine", "openai", api_key=KEY, serves={"dall-e-2": "d2"})
    entry = await known.add("mine", "openai", base_url="http://host.test/v1", api_key_env="MY_KEY")
    assert await known.entries() == [entry]
    assert (entry.base_url, entry.sealed_key, entry.serves) == ("http://host.test/v1", None, {})


async def test_providers_are_listed_by_name_and_the_file_wins(database: Database) -> None:
    await configs(database).add("b", "openai", api_key=KEY)
    await configs(database).add("c", "openai", api_key=KEY)
    in_file = ProviderConfig(kind="openai", api_key_env="MY_KEY")
    entries = await configs(database, a=in_file, b=in_file).entries()
    assert [(one.name, one.source) for one in entries] == [
        ("a", "file"),
        ("b", "file"),
        ("c", "database"),
    ]


async def test_a_provider_that_is_removed_is_gone(database: Database) -> None:
    known = configs(database)
    await known.add("mine", "openai", api_key=KEY)
    await known.remove("mine")
    assert await known.entries() == []
    with pytest.raises(NotFound):
        await known.remove("mine")


async def test_what_stands_in_the_file_can_only_be_changed_there(database: Database) -> None:
    known = configs(database, mine=ProviderConfig(kind="openai", api_key_env="MY_KEY"))
    with pytest.raises(InvalidParams, match="settings file"):
        await known.add("mine", "openai", api_key=KEY)
    with pytest.raises(InvalidParams, match="settings file"):
        await known.remove("mine")


WRONG = [
    ("name", {"name": "Mine"}),
    ("name", {"name": ""}),
    ("name", {"name": "x" * 41}),
    ("name", {"name": "a/b"}),
    ("kind", {"kind": "no-such-kind"}),
    ("base_url", {"base_url": "ftp://host.test"}),
    ("base_url", {"base_url": "http://"}),
    ("base_url", {"base_url": "http://me:secret@host.test/v1"}),
    ("api_key_env", {"api_key_env": "sk-secret-the-key-itself"}),
    ("api_key", {"api_key": "secret words"}),
    ("api_key", {"api_key": "secré"}),
    ("api_key", {"api_key": "secret\nbreak"}),
]


async def test_what_could_never_work_is_refused_by_field(database: Database) -> None:
    known = configs(database)
    for param, wrong in WRONG:
        told = {"name": "mine", "kind": "openai", "base_url": "", "api_key_env": "", "api_key": ""}
        told |= wrong
        with pytest.raises(InvalidParams) as caught:
            await known.add(
                told["name"],
                told["kind"],
                base_url=told["base_url"],
                api_key_env=told["api_key_env"],
                api_key=told["api_key"],
            )
        assert caught.value.param == param
        assert "secret" not in caught.value.message
    assert await known.entries() == []


async def test_a_whole_service_account_is_a_key_where_no_header_carries_it(
    database: Database,
) -> None:
    account = '{\n  "client_email": "a@b.test",\n  "private_key": "-----BEGIN"\n}'
    entry = await configs(database).add("google", "vertex", api_key=account)
    assert entry.api_key(VAULT) == account
    with pytest.raises(InvalidParams, match="no header carries"):
        await configs(database).add("mine", "openai", api_key=account)
