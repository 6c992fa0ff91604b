"""Of several limits on the same thing the tightest holds, and a change is seen within seconds."""

import pytest
from tests.clocks import Hands
from tests.jobs.orders import SECRET, run

from limner.accounts.accounts import CACHE_S, Accounts
from limner.accounts.limits import Limits, Options, changed, of_key
from limner.db.base import Database
from limner.errors import InvalidParams, NotFound
from limner.vault import Vault

SERVER = Limits(requests_per_minute=60, max_concurrent=8)


def accounts_on(database: Database, clock: Hands | None = None) -> Accounts:
    return Accounts(database, Vault(SECRET), clock or Hands(), SERVER)


def test_the_tightest_of_server_workspace_and_key_holds() -> None:
    workspace = Options(max_concurrent=4, max_credits_per_request=900)
    key = Limits(requests_per_minute=30, max_concurrent=6, max_credits_per_request=500)
    assert of_key(SERVER, workspace, key) == Limits(
        requests_per_minute=30, max_concurrent=4, max_credits_per_request=500
    )
    assert of_key(SERVER, Options(), Limits(requests_per_minute=90)).requests_per_minute == 60


def test_rates_and_budget_of_a_workspace_are_not_those_of_each_key() -> None:
    workspace = Options(requests_per_minute=5, max_budget_monthly_credits=7)
    assert of_key(SERVER, workspace, Limits()) == SERVER


async def test_a_caller_comes_with_what_holds_for_the_key(database: Database) -> None:
    accounts = accounts_on(database)
    workspace = await accounts.create_workspace("studio")
    key, secret = await accounts.create_key(
        workspace, "live", "laptop", limits=Limits(max_concurrent=2)
    )
    caller = await accounts.caller(secret)
    assert caller.limits == Limits(requests_per_minute=60, max_concurrent=2)
    assert key.limits == Limits(max_concurrent=2)


async def test_a_change_holds_here_at_once_and_elsewhere_within_five_seconds(
    database: Database,
) -> None:
    clock = Hands()
    here, elsewhere = accounts_on(database), accounts_on(database, clock)
    workspace = await here.create_workspace("studio")
    key, secret = await here.create_key(workspace, "test", "laptop")
    for one in (here, elsewhere):
        assert (await one.caller(secret)).limits == SERVER
    await here.limit_key(key.id, {"requests_per_minute": 3})
    await here.set_workspace(workspace.id, {"sync_wait_s": 20, "log_prompts": True})
    caller = await here.caller(secret)
    assert caller.limits.requests_per_minute == 3
    assert caller.options == Options(sync_wait_s=20, log_prompts=True)
    assert (await elsewhere.caller(secret)).limits == SERVER
    clock.now += CACHE_S + 0.1
    assert await elsewhere.caller(secret) == caller


async def test_a_limit_is_taken_away_and_others_stay(database: Database) -> None:
    accounts = accounts_on(database)
    workspace = await accounts.create_workspace("studio")
    key, _ = await accounts.create_key(workspace, "live", "laptop")
    await accounts.limit_key(key.id, {"max_concurrent": 2, "images_per_minute": 9})
    assert (await accounts.limit_key(key.id, {"max_concurrent": None})).limits == Limits(
        images_per_minute=9
    )


async def test_what_a_newer_version_has_set_is_neither_read_nor_lost(database: Database) -> None:
    accounts = accounts_on(database)
    workspace = await accounts.create_workspace("studio")
    key, secret = await accounts.create_key(workspace, "live", "laptop")
    newer = """{"max_videos":3,"max_concurrent":2}"""
    await run(database, "UPDATE api_key SET limits = :newer", {"newer": newer})
    assert (await accounts.caller(secret)).limits.max_concurrent == 2
    await accounts.limit_key(key.id, {"max_concurrent": 5})
    (row,) = await database.fetch("SELECT limits FROM api_key")
    assert row == ('{"max_videos":3,"max_concurrent":5}',)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"requests_per_minute": 0}, "requests_per_minute"),
        ({"max_concurrent": -1}, "max_concurrent"),
        ({"max_credits_per_request": 10**16}, "max_credits_per_request"),
        ({"images_per_minute": 1.5}, "images_per_minute"),
    ],
)
async def test_a_limit_that_cannot_be_is_refused_by_name(
    database: Database, changes: dict[str, int], name: str
) -> None:
    accounts = accounts_on(database)
    workspace = await accounts.create_workspace("studio")
    key, _ = await accounts.create_key(workspace, "live", "laptop")
    with pytest.raises(InvalidParams, match="nothing was changed") as refused:
        await accounts.limit_key(key.id, changes)
    assert refused.value.param == name
    assert (await accounts.key(key.id)).limits == Limits()


async def test_there_is_nothing_to_limit_about_an_admin_key_or_a_key_that_is_not(
    database: Database,
) -> None:
    accounts = accounts_on(database)
    key, _ = await accounts.create_key(None, "admin", "boss")
    with pytest.raises(InvalidParams, match="no limits"):
        await accounts.limit_key(key.id, {"max_concurrent": 1})
    with pytest.raises(NotFound):
        await accounts.limit_key("key_nobody", {"max_concurrent": 1})
    with pytest.raises(NotFound):
        await accounts.set_workspace("ws_nobody", {"max_concurrent": 1})


def test_a_change_of_nothing_writes_the_same() -> None:
    assert changed('{"max_concurrent":2}', {}, Limits) == '{"max_concurrent":2}'


async def test_a_caller_waits_as_long_as_workspace_and_server_allow(database: Database) -> None:
    accounts = accounts_on(database)
    workspace = await accounts.create_workspace("studio")
    _, secret = await accounts.create_key(workspace, "live", "laptop")
    assert (await accounts.caller(secret)).wait_s(300.0) == 300.0
    await accounts.set_workspace(workspace.id, {"sync_wait_s": 20.0})
    caller = await accounts.caller(secret)
    assert (caller.wait_s(300.0), caller.wait_s(5.0)) == (20.0, 5.0)
