"""Who a key speaks for, and for how long."""

import asyncio
from typing import Literal

import pytest
from tests.clocks import Hands
from tests.jobs.orders import SECRET, run

from limner.accounts.accounts import CACHE_S, Accounts
from limner.accounts.api_key import INVALID, PATTERN, PREFIXES, Caller, minted
from limner.accounts.workspace import Workspace
from limner.db.base import Database, Row, Values
from limner.errors import Conflict, Forbidden, InvalidApiKey, InvalidParams, NotFound
from limner.vault import Vault

TABLES = (
    "SELECT name FROM sqlite_master WHERE type = 'table'",
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
)


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def accounts(database: Database, clock: Hands) -> Accounts:
    return Accounts(database, Vault(SECRET), clock)


@pytest.fixture
async def workspace(accounts: Accounts) -> Workspace:
    return await accounts.create_workspace("studio")


async def refused(accounts: Accounts, key: str | None) -> None:
    with pytest.raises(InvalidApiKey) as error:
        await accounts.caller(key)
    assert error.value.message == INVALID


@pytest.mark.parametrize("kind", ["live", "test"])
async def test_a_key_speaks_for_its_workspace_in_its_mode(
    accounts: Accounts, workspace: Workspace, kind: Literal["live", "test"]
) -> None:
    key, secret = await accounts.create_key(workspace, kind, "laptop")
    caller = await accounts.caller(secret)
    assert caller == Caller(workspace.id, key.id, kind, ("*",))
    assert caller.may_use("any-model")


async def test_a_key_is_shown_once_and_then_known_by_its_ends(
    accounts: Accounts, workspace: Workspace
) -> None:
    key, secret = await accounts.create_key(workspace, "live", "laptop")
    assert secret.startswith("inf_")
    assert len(secret) == len("inf_") + 36
    assert (key.prefix, key.last_four) == (secret[:8], secret[-4:])
    assert await accounts.key(key.id) == key
    assert await accounts.keys(workspace) == [key]
    assert secret not in repr(key)


async def test_no_table_holds_a_key_in_the_open(database: Database, accounts: Accounts) -> None:
    workspace = await accounts.create_workspace("studio")
    secrets = [
        (await accounts.create_key(None if kind == "admin" else workspace, kind, "laptop"))[1]
        for kind in PREFIXES
    ]
    tables = await database.fetch(TABLES[database.kind == "postgresql"])
    written = "\n".join(
        [str(await database.fetch(f"SELECT * FROM {table[0]}")) for table in tables]
    )
    assert "laptop" in written
    for secret in secrets:
        assert secret not in written
        assert secret.rpartition("_")[2][4:-4] not in written
        assert Vault(SECRET).digest(secret) in written


@pytest.mark.parametrize(
    "key",
    [
        None,
        "",
        "inf_",
        "sk-" + "a" * 48,
        "inf_" + "a" * 36,
        "inf_test_" + "a" * 36,
        "inf_" + "é" * 36,
        "inf_" + "a" * 4000,
        "inf_" + "a" * 36 + "\n",
        "inf_" + "\ud800" * 36,
    ],
)
async def test_every_key_that_is_none_of_ours_is_refused_alike(
    accounts: Accounts, workspace: Workspace, key: str | None
) -> None:
    await refused(accounts, key)
    with pytest.raises(InvalidApiKey) as error:
        await accounts.administrator(key)
    assert error.value.message == INVALID


async def test_a_key_with_one_letter_changed_is_nobodys(
    accounts: Accounts, workspace: Workspace
) -> None:
    _, secret = await accounts.create_key(workspace, "live", "laptop")
    await refused(accounts, secret[:-1] + ("a" if secret[-1] != "a" else "b"))
    await refused(accounts, secret.swapcase().replace("INF_", "inf_"))


async def test_a_server_with_another_secret_knows_none_of_the_keys(
    database: Database, accounts: Accounts, workspace: Workspace
) -> None:
    _, secret = await accounts.create_key(workspace, "live", "laptop")
    await refused(Accounts(database, Vault(bytes(32))), secret)


async def test_a_revoked_key_is_refused_here_at_once_and_elsewhere_within_five_seconds(
    database: Database, accounts: Accounts, workspace: Workspace, clock: Hands
) -> None:
    elsewhere = Accounts(database, Vault(SECRET), clock)
    key, secret = await accounts.create_key(workspace, "live", "laptop")
    for process in (accounts, elsewhere):
        await process.caller(secret)
    revoked = await accounts.revoke_key(key.id)
    assert revoked.revoked_at is not None
    await refused(accounts, secret)
    clock.now += CACHE_S + 0.01
    await refused(elsewhere, secret)
    assert CACHE_S <= 5


async def test_a_key_that_is_being_looked_up_while_it_is_revoked_is_not_remembered(
    database: Database, workspace: Workspace, clock: Hands
) -> None:
    slow = Slow(database)
    accounts = Accounts(slow, Vault(SECRET), clock)
    key, secret = await accounts.create_key(workspace, "live", "laptop")
    slow.wait.clear()
    looking = asyncio.create_task(accounts.caller(secret))
    await slow.read.wait()
    await Accounts(database, Vault(SECRET)).revoke_key(key.id)
    slow.wait.set()
    await accounts.revoke_key(key.id)
    await looking
    await refused(accounts, secret)


class Slow:
    """A database whose answer about a caller is held back until it is let go."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.kind = database.kind
        self.report = database.report
        self.write = database.write
        self.close = database.close
        self.wait = asyncio.Event()
        self.wait.set()
        self.read = asyncio.Event()

    async def fetch(self, sql: str, params: Values | None = None) -> list[Row]:
        rows = await self._database.fetch(sql, params)
        if "digest" in (params or {}):
            self.read.set()
            await self.wait.wait()
        return rows


async def test_revoking_twice_keeps_the_first_time(
    accounts: Accounts, workspace: Workspace
) -> None:
    key, _ = await accounts.create_key(workspace, "live", "laptop")
    first = await accounts.revoke_key(key.id)
    assert await accounts.revoke_key(key.id) == first
    with pytest.raises(NotFound, match="limner key list"):
        await accounts.revoke_key("key_none")


async def test_a_known_key_costs_no_query_until_its_time_is_over(
    database: Database, workspace: Workspace, clock: Hands
) -> None:
    counting = Counting(database)
    accounts = Accounts(counting, Vault(SECRET), clock)
    _, secret = await accounts.create_key(workspace, "live", "laptop")
    counting.queries = 0
    for key in (secret, "inf_" + "a" * 36):
        for _ in range(10):
            await asyncio.gather(accounts.caller(key), return_exceptions=True)
    assert counting.queries == 2
    clock.now += CACHE_S + 0.01
    await accounts.caller(secret)
    assert counting.queries == 3


class Counting:
    """A database that counts the queries."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.kind = database.kind
        self.report = database.report
        self.write = database.write
        self.close = database.close
        self.queries = 0

    async def fetch(self, sql: str, params: Values | None = None) -> list[Row]:
        self.queries += 1
        return await self._database.fetch(sql, params)


async def test_a_key_stops_when_its_life_is_over(
    database: Database, accounts: Accounts, workspace: Workspace, clock: Hands
) -> None:
    key, secret = await accounts.create_key(workspace, "live", "guest", lives_s=3600)
    assert key.expires_at is not None
    assert 3500e6 < key.expires_at - key.created_at <= 3600e6
    await accounts.caller(secret)
    await run(database, "UPDATE api_key SET expires_at = NOW_US() WHERE kind = 'live'")
    clock.now += CACHE_S + 0.01
    await refused(accounts, secret)


@pytest.mark.parametrize("lives_s", [0, -1, 10**12])
async def test_a_life_that_is_none_is_refused(
    accounts: Accounts, workspace: Workspace, lives_s: int
) -> None:
    with pytest.raises(InvalidParams):
        await accounts.create_key(workspace, "live", "guest", lives_s=lives_s)
    assert await accounts.keys() == []


async def test_a_suspended_workspace_has_no_callers_until_it_is_let_in_again(
    database: Database, accounts: Accounts, workspace: Workspace, clock: Hands
) -> None:
    _, secret = await accounts.create_key(workspace, "live", "laptop")
    other = await accounts.create_workspace("other")
    _, others = await accounts.create_key(other, "live", "laptop")
    await accounts.caller(secret)
    await run(
        database,
        "UPDATE workspace SET suspended_at = NOW_US() WHERE id = :id",
        {"id": workspace.id},
    )
    clock.now += CACHE_S + 0.01
    await refused(accounts, secret)
    await accounts.caller(others)
    await run(database, "UPDATE workspace SET suspended_at = NULL")
    clock.now += CACHE_S + 0.01
    await accounts.caller(secret)


async def test_a_key_may_be_bound_to_some_models(accounts: Accounts, workspace: Workspace) -> None:
    _, secret = await accounts.create_key(
        workspace, "live", "laptop", allowed_models=("sketch-1", "imagen-4")
    )
    caller = await accounts.caller(secret)
    assert caller.may_use("sketch-1")
    assert caller.may_use("imagen-4")
    assert not caller.may_use("imagen-4-ultra")
    assert not caller.may_use("*")


async def test_an_admin_key_administers_and_draws_nothing(
    accounts: Accounts, workspace: Workspace
) -> None:
    _, admin = await accounts.create_key(None, "admin", "operator")
    _, live = await accounts.create_key(workspace, "live", "laptop")
    await accounts.administrator(admin)
    await refused(accounts, admin)
    with pytest.raises(Forbidden, match="needs an admin key"):
        await accounts.administrator(live)


async def test_only_admin_keys_have_no_workspace(accounts: Accounts, workspace: Workspace) -> None:
    with pytest.raises(InvalidParams):
        await accounts.create_key(None, "live", "laptop")
    with pytest.raises(InvalidParams):
        await accounts.create_key(workspace, "admin", "operator")


async def test_a_workspace_is_found_by_id_or_name_and_its_name_is_its_own(
    accounts: Accounts, workspace: Workspace
) -> None:
    assert await accounts.workspace("studio") == workspace
    assert await accounts.workspace(workspace.id) == workspace
    with pytest.raises(Conflict) as taken:
        await accounts.create_workspace("studio")
    assert taken.value.param == "name"
    with pytest.raises(NotFound, match="limner workspace list"):
        await accounts.workspace("nobody")
    other = await accounts.create_workspace("Studio 2")
    assert set(await accounts.workspaces()) == {workspace, other}


async def test_of_two_who_want_a_name_at_once_one_gets_it(accounts: Accounts) -> None:
    results = await asyncio.gather(
        *(accounts.create_workspace("studio") for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(result, Conflict) for result in results) == 4
    assert len(await accounts.workspaces()) == 1


@pytest.mark.parametrize("name", ["", " studio", "-x", "a" * 64, "a\n", "é", "a/b", "<b>", "a\0"])
async def test_a_name_that_people_or_shells_would_trip_over_is_refused(
    accounts: Accounts, name: str
) -> None:
    with pytest.raises(InvalidParams) as refused_name:
        await accounts.create_workspace(name)
    assert refused_name.value.param == "name"


def test_every_key_looks_like_a_key_and_none_like_another() -> None:
    keys = {kind: {minted(kind) for _ in range(50)} for kind in PREFIXES}
    for kind, some in keys.items():
        assert len(some) == 50
        assert all(PATTERN.fullmatch(key) and key.startswith(PREFIXES[kind]) for key in some)
