"""The audit: a sound house breaks no rule, and each tampering is found by the rule's number."""

import os
from pathlib import Path
from typing import cast

import pytest
from tests.faults.invariants import breaches, unfinished, until_finished
from tests.generation.studios import Scene, Scripted, a_request, a_scene, draws, place

from limner.db.base import Database, Statement, Write
from limner.files.blobs import LocalBlobs
from limner.files.file import Quota
from limner.files.files import Files
from limner.files.uploads import Upload, Uploads
from limner.ids import new_id
from limner.providers.base import ProviderError

JOB = """
    INSERT INTO job (id, workspace_id, key_id, ledger, request_id, task, modality, model, n, params,
                     quote, state, owner, lease, lease_until, try_no, provider, repeatable,
                     created_at, deadline_at)
    VALUES ('job_x', 'ws_x', 'k', 'live', 'r', 'generate', 'image', 'm', 1, '', '', 'processing',
            'o', 1, 0, 1, 'p', 0, 0, {deadline_at})
"""
HOLD = """
    INSERT INTO hold (job_id, workspace_id, ledger, plan, topup, state, created_at, expires_at)
    VALUES ('job_x', 'ws_x', 'live', 0, 0, 'open', 0, {expires_at})
"""
LATER, LONG_AGO = "9000000000000000", "0"
POSTING = """
    INSERT INTO posting (operation, at, ledger, kind, debit, credit, amount, workspace_id, job_id)
    VALUES ('{operation}', 0, 'live', 'settle', '{debit}', 'revenue', 1, NULL, :job)
"""

FILE = """
    INSERT INTO file (id, workspace_id, blob, purpose, filename, bytes, sha256, content_type,
                      artifact_id, created_at)
    SELECT 'file_x', (SELECT id FROM workspace ORDER BY id DESC LIMIT 1), 'f_x', 'vision', 'x', 1,
           '', '', (SELECT id FROM artifact), 0
"""
OTHER = "INSERT INTO workspace (id, name, created_at) VALUES ('z_other', 'z_other', 0)"
GRANT = """
    INSERT INTO posting (operation, at, ledger, kind, debit, credit, amount)
    VALUES ('grant/x', 0, 'live', 'grant', 'grants', '{account}', 1)
"""
KEY = """
    INSERT INTO api_key (id, workspace_id, kind, name, digest, prefix, last_four, allowed_models,
                         created_at)
    VALUES ('key_1', {owner}, 'live', 'k', '{digest}', 'inf_', 'abcd', '[]', 0)
"""
LOSS = """
    INSERT INTO posting (operation, at, ledger, kind, debit, credit, amount, job_id)
    VALUES ('loss/x', 0, 'live', 'loss', 'grants', 'losses', 1, :job)
"""
CORRECTION = """
    INSERT INTO posting (operation, at, ledger, kind, debit, credit, amount, workspace_id, job_id,
                         corrects)
    SELECT 'c_' || operation || '{suffix}', at, '{ledger}', '{kind}', credit, {debit}, amount,
           workspace_id, job_id, operation
    FROM posting WHERE kind = '{of}'
"""
REFUND = {"ledger": "live", "kind": "refund", "debit": "debit", "of": "settle", "suffix": ""}
ON_A_PLAN = """
    UPDATE workspace SET plan = 'pro', plan_since = NOW_US() - 3456000000000,
                         plan_renews_at = NOW_US() + 1700000000000
"""
MONTH = """
    INSERT INTO posting (operation, at, ledger, kind, debit, credit, amount, workspace_id)
    SELECT 'live/' || id || '/{name}', NOW_US(), 'live', '{kind}', '{debit}', id || '{to}', 1, id
    FROM workspace
"""

TAMPERINGS = {
    "I1": ["UPDATE wallet SET topup = topup + 1 WHERE ledger = 'live'"],
    "I1 by posting": [
        GRANT.format(account="x/topup").replace(
            "'x/topup'", "(SELECT id FROM workspace) || '/plan'"
        )
    ],
    "I1 to nowhere": [GRANT.format(account="nobody/topup")],
    "I2": ["UPDATE wallet SET topup_held = topup_held + 1 WHERE ledger = 'live'"],
    "I2 of a budget": [
        "INSERT INTO budget (scope, most, period, held) VALUES ('key_1', 9, '2000-01', 1)"
    ],
    "I3": [HOLD.format(expires_at=LATER)],
    "I3 without a hold": [JOB.format(deadline_at=LATER)],
    "I5": [],
    "I5 by a correction of nothing": [
        CORRECTION.format(**REFUND).replace(", operation\n", ", 'nothing'\n")
    ],
    "I5 by a correction elsewhere": [CORRECTION.format(**REFUND | {"ledger": "test"})],
    "I5 by a correction to elsewhere": [CORRECTION.format(**REFUND | {"debit": "'z/plan'"})],
    "I5 by a refund of a gift": [CORRECTION.format(**REFUND | {"of": "grant"})],
    "I5 by a correction of a charge": [CORRECTION.format(**REFUND | {"kind": "correct"})],
    "I5 by a settlement that corrects": [CORRECTION.format(**REFUND | {"kind": "settle"})],
    "I5 by refunds beyond the charge": [
        CORRECTION.format(**REFUND | {"suffix": suffix}) for suffix in "ab"
    ],
    "I6": [JOB.format(deadline_at=LATER), HOLD.format(expires_at=LONG_AGO)],
    "I7": ["UPDATE job SET charged = charged + 1"],
    "I7 by ledger": [POSTING.format(operation="settle/other", debit="x/topup")],
    "I7 by hold": ["UPDATE hold SET topup_charged = topup_charged - 1 WHERE topup_charged > 0"],
    "I7 of a budget": [
        "INSERT INTO budget (scope, most, period, charged) VALUES ('key_1', 9, THIS_MONTH(), 1)"
    ],
    "I8": [
        POSTING.format(operation="settle/a", debit="x/plan"),
        POSTING.format(operation="settle/b", debit="x/plan"),
    ],
    "I8 of a loss": [LOSS],
    "I8 of a month": [
        ON_A_PLAN,
        *(MONTH.format(name=one, kind="plan", debit="grants", to="/plan") for one in "ab"),
    ],
    "I8 of a plan's source": [MONTH.format(name="a", kind="plan", debit="grants", to="/topup")],
    "I8 of what expires": [MONTH.format(name="a", kind="expire", debit="grants", to="/plan")],
    "I9": [JOB.format(deadline_at=LONG_AGO), HOLD.format(expires_at=LATER)],
    "I9 without an end": ["UPDATE job SET outcome = NULL"],
    "I11": ["DELETE FROM artifact"],
    "I11 of no job": ["UPDATE artifact SET job_id = 'job_lost'"],
    "P2 of terms nobody wrote down": ["UPDATE job SET price_version = 'none'"],
    "P2 of another model's terms": [
        "INSERT INTO price (version, model, content, created_at) VALUES ('v', 'other', '{}', 0)",
        "UPDATE job SET price_version = 'v'",
    ],
    "I5 of terms that can change": [],
    "I5 of terms that can go": [],
    "I18": ["UPDATE artifact SET workspace_id = 'z_other'"],
    "I18 by hold": ["UPDATE hold SET workspace_id = 'z_other'"],
    "I18 by key": [OTHER, KEY.format(owner="'z_other'", digest="0" * 64)],
    "I18 by file": [OTHER, FILE],
    "I19": [KEY.format(owner="(SELECT id FROM workspace)", digest="inf_plain")],
    "I15 of a count": ["UPDATE blob SET refs = refs + 1"],
    "I15 of other bytes": ["UPDATE blob SET bytes = bytes + 1"],
    "I15 of a blob that is not counted": ["DELETE FROM blob"],
    "I16": ["INSERT INTO storage (workspace_id, files, bytes) SELECT id, 1, 5 FROM workspace"],
}
LET_THROUGH = {
    "I5": ("DROP TRIGGER posting_kept", "posting"),
    "I7": ("DROP TRIGGER job_ends_once", "job"),
    "I7 by hold": ("DROP TRIGGER hold_ends_once", "hold"),
    "I9 without an end": ("DROP TRIGGER job_ends_once", "job"),
    "I18 by hold": ("DROP TRIGGER hold_ends_once", "hold"),
    "P2 of terms nobody wrote down": ("DROP TRIGGER job_ends_once", "job"),
    "P2 of another model's terms": ("DROP TRIGGER job_ends_once", "job"),
    "I5 of terms that can change": ("DROP TRIGGER price_kept", "price"),
    "I5 of terms that can go": ("DROP TRIGGER price_stays", "price"),
}
"""What the database itself forbids must be let through, to see that a rule finds it too."""


@pytest.fixture
async def scene(database: Database, tmp_path: Path) -> Scene:
    """A house with one picture that was drawn, stored and paid for."""
    scene = await a_scene(database, tmp_path, place(Scripted(draws())))
    await scene.events(a_request())
    return scene


async def tamper(scene: Scene, statement: str) -> None:
    (job,) = (await scene.database.fetch("SELECT id FROM job WHERE id <> 'job_x'"))[0]
    await scene.database.write(Write("tamper", (Statement(statement),)), {"job": job})


async def let_through(scene: Scene, number: str) -> None:
    if number in LET_THROUGH:
        drop, table = LET_THROUGH[number]
        await tamper(scene, drop if scene.database.kind == "sqlite" else f"{drop} ON {table}")


async def numbers(scene: Scene) -> set[str]:
    return {found.partition(",")[0] for found in await breaches(scene.database, scene.blobs)}


async def test_a_sound_house_breaks_no_rule(scene: Scene) -> None:
    assert await breaches(scene.database, scene.blobs) == []
    assert await until_finished(scene.database, 0) == []


@pytest.mark.parametrize("number", TAMPERINGS)
async def test_rows_that_break_a_rule_are_found(scene: Scene, number: str) -> None:
    await let_through(scene, number)
    for statement in TAMPERINGS[number]:
        await tamper(scene, statement)
    assert number.partition(" ")[0] in await numbers(scene)


async def test_what_has_not_ended_is_found(scene: Scene) -> None:
    for statement in (JOB.format(deadline_at=LATER), HOLD.format(expires_at=LATER)):
        await tamper(scene, statement)
    assert await unfinished(scene.database) == ["job_x"]
    assert await breaches(scene.database, scene.blobs) == []


async def test_blobs_that_are_not_as_their_rows_say_are_found(scene: Scene) -> None:
    (blob,) = scene.blobs.rglob("a_*")
    whole = blob.read_bytes()
    blob.write_bytes(whole[:-1] + b"x")
    assert await numbers(scene) == {"I12"}
    blob.write_bytes(whole[:-1])
    assert await numbers(scene) == {"I12"}
    blob.unlink()
    assert await numbers(scene) == {"I12"}


async def test_files_that_nobody_needs_any_more_are_found(scene: Scene) -> None:
    (blob,) = scene.blobs.rglob("a_*")
    orphan, part = blob.with_name(new_id("a")), scene.blobs / "tmp" / "a_1.part"
    for path in (orphan, part):
        path.write_bytes(b"left behind")
    assert await numbers(scene) == set()
    os.utime(orphan, (0, 0))
    assert await numbers(scene) == {"I15"}
    os.utime(part, (0, 0))
    assert await numbers(scene) == {"I15", "I17"}


async def test_a_file_that_is_not_as_its_row_says_is_found(scene: Scene) -> None:
    blobs = LocalBlobs(scene.blobs.with_name("files"))
    files = Files(scene.database, blobs)
    uploads = Uploads(scene.database, blobs, files, Quota(file_bytes=99, files=9, bytes=99))
    begun = await uploads.begin(scene.caller.workspace_id, None)
    assert isinstance(begun, Upload)
    await uploads.add(begun, b"words")
    file = await uploads.store(begun, filename="a", declared="", purpose="user_data")
    assert await numbers(scene) == set()
    await tamper(scene, "UPDATE storage SET bytes = bytes - 1")
    assert await numbers(scene) == {"I16"}
    await tamper(scene, "UPDATE storage SET bytes = bytes + 1")
    blobs.path(file.blob).write_bytes(b"wards")
    assert await numbers(scene) == {"I15"}


async def test_a_loss_beyond_what_was_ordered_is_found(database: Database, tmp_path: Path) -> None:
    open_end = ProviderError("it broke off", outcome="unknown")
    scene = await a_scene(database, tmp_path, place(Scripted([open_end])))
    await scene.events(a_request())
    rows = await database.fetch("SELECT amount FROM posting WHERE kind = 'loss'")
    lost = cast(int, rows[0][0])
    assert lost > 0
    assert await numbers(scene) == set()
    ends_once = "DROP TRIGGER job_ends_once"
    await tamper(scene, ends_once if database.kind == "sqlite" else f"{ends_once} ON job")
    for at_list, left_open, broken in (
        (lost, 0, set()),
        (1, lost - 1, set()),
        (lost - 1, 0, {"I8"}),
    ):
        quote = f'{{"at_list": {at_list}, "left_open": {left_open}}}'
        await tamper(scene, f"UPDATE job SET quote = '{quote}'")
        assert await numbers(scene) - {"I5"} == broken  # I5 misses the trigger
    await tamper(scene, "UPDATE job SET quote = ''")
    assert await numbers(scene) == {"I5"}
