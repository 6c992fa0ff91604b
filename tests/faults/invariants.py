"""What must be true of rows and blobs at any moment, each rule by its number.

A rule is a query for the rows that break it. Rules about money hold at every commit; the ones about
blobs may be asked of a live server too, because a row is only written for a blob that is there.
"""

import asyncio
import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from limner.db.base import Database
from limner.files.blobs import LocalBlobs

SWEPT_AFTER_S = 600
STALE_AFTER_S = 3600


@dataclass(frozen=True, slots=True)
class Rule:
    number: str
    says: str
    breakers: str
    """A query for what breaks the rule; the first column names it."""


def posted(source: str) -> str:
    """The sum of a wallet's ledger entries for one source."""
    account = f"w.workspace_id || '/{source}'"
    return f"""
        (SELECT COALESCE(SUM(CASE WHEN p.credit = {account} THEN p.amount ELSE -p.amount END), 0)
         FROM posting p
         WHERE p.ledger = w.ledger AND (p.credit = {account} OR p.debit = {account}))
    """


def held(source: str) -> str:
    return f"""
        (SELECT COALESCE(SUM(h.{source}), 0) FROM hold h
         WHERE h.workspace_id = w.workspace_id AND h.ledger = w.ledger AND h.state = 'open')
    """


def charged(source: str) -> str:
    """What was posted as the charge of a hold's job, from one source."""
    return f"""
        (SELECT COALESCE(SUM(p.amount), 0) FROM posting p
         WHERE p.job_id = h.job_id AND p.kind = 'settle' AND p.ledger = h.ledger
           AND p.debit = h.workspace_id || '/{source}' AND p.credit = 'revenue')
    """


RULES = (
    Rule(
        "I1",
        "a balance is the sum of its ledger entries",
        f"""SELECT w.workspace_id, w.ledger FROM wallet w
            WHERE w.plan <> {posted("plan")} OR w.topup <> {posted("topup")}""",
    ),
    Rule(
        "I2",
        "what is held is the sum of open holds, and never more than there is",
        f"""SELECT w.workspace_id, w.ledger FROM wallet w
            WHERE w.plan_held <> {held("plan")} OR w.topup_held <> {held("topup")}
               OR w.plan < w.plan_held OR w.topup < w.topup_held""",
    ),
    Rule(
        "I3",
        "every job has one hold, and both end in the same way",
        """SELECT COALESCE(j.id, h.job_id), j.state, h.state
           FROM job j FULL OUTER JOIN hold h ON h.job_id = j.id
           WHERE j.id IS NULL OR h.job_id IS NULL
              OR (j.state = 'completed') <> (h.state = 'settled')
              OR (j.state = 'failed' AND h.state = 'open')""",
    ),
    Rule(
        "I4",
        "a charge is never above its hold",
        """SELECT job_id FROM hold WHERE plan_charged > plan OR topup_charged > topup""",
    ),
    Rule(
        "I6",
        "no open hold is long past its expiry",
        """SELECT job_id FROM hold WHERE state = 'open' AND expires_at < NOW_US() - 30000000""",
    ),
    Rule(
        "I7",
        "job, hold and ledger tell the same charge",
        f"""SELECT h.job_id FROM hold h JOIN job j ON j.id = h.job_id
            WHERE j.charged <> h.plan_charged + h.topup_charged
               OR h.plan_charged <> {charged("plan")} OR h.topup_charged <> {charged("topup")}""",
    ),
    Rule(
        "I8",
        "no move of a job was posted twice",
        """SELECT job_id, kind, debit FROM posting WHERE job_id IS NOT NULL
           GROUP BY job_id, kind, debit HAVING COUNT(*) > 1""",
    ),
    Rule(
        "I9",
        "every job has ended a minute after its deadline",
        """SELECT id FROM job WHERE state = 'processing' AND deadline_at < NOW_US() - 60000000""",
    ),
    Rule(
        "I11",
        "pictures belong to completed jobs, and completed jobs have pictures",
        """SELECT j.id, j.state FROM job j
           WHERE (j.state = 'completed') <> EXISTS (SELECT 1 FROM artifact a WHERE a.job_id = j.id)
              OR j.n < (SELECT COUNT(*) FROM artifact a WHERE a.job_id = j.id)""",
    ),
    Rule(
        "I16",
        "what a workspace has stored is the sum of its files",
        """SELECT w.id FROM workspace w
           LEFT JOIN storage s ON s.workspace_id = w.id
           LEFT JOIN (SELECT workspace_id, COUNT(*) AS files, SUM(bytes) AS bytes FROM file
                      WHERE deleted_at IS NULL GROUP BY workspace_id) f ON f.workspace_id = w.id
           WHERE COALESCE(s.files, 0) <> COALESCE(f.files, 0)
              OR COALESCE(s.bytes, 0) <> COALESCE(f.bytes, 0)""",
    ),
)

FILES = "SELECT blob, bytes, sha256 FROM file WHERE deleted_at IS NULL"
ARTIFACTS = "SELECT id, bytes, sha256 FROM artifact WHERE deleted_at IS NULL"
UNFINISHED = """
    SELECT id FROM job WHERE state = 'processing'
    UNION SELECT job_id FROM hold WHERE state = 'open'
"""


async def breaches(database: Database, blobs: Path) -> list[str]:
    """A line for whatever breaks a rule; none when all is well."""
    found = []
    for rule in RULES:
        for row in await database.fetch(rule.breakers):
            found.append(f"{rule.number}, {rule.says}: {row}")
    for query, folder, lost in (
        (ARTIFACTS, blobs, "I12, a completed job's pictures are stored as its rows say"),
        (FILES, blobs.with_name("files"), "I15, a file is stored as its row says"),
    ):
        rows = cast(list[tuple[str, int, str]], await database.fetch(query))
        found += await asyncio.to_thread(stored_wrongly, rows, folder, lost)
    return found


def stored_wrongly(rows: list[tuple[str, int, str]], folder: Path, lost: str) -> list[str]:
    """What is lost, I15 for blobs without a row, I17 for what writers left behind."""
    blobs, found = LocalBlobs(folder), []
    for blob_id, size, digest in rows:
        path = blobs.path(blob_id)
        data = path.read_bytes() if path.exists() else b""
        if len(data) != size or hashlib.sha256(data).hexdigest() != digest:
            found.append(f"{lost}: {path.name}")
    known = {row[0] for row in rows}
    for path in older_than(SWEPT_AFTER_S, folder.glob("*/*")):
        if path.parent.name != "tmp" and path.name not in known:
            found.append(f"I15, no old blob is without a row: {path.name}")
    for path in older_than(STALE_AFTER_S, folder.glob("tmp/*")):
        found.append(f"I17, no temporary file is old: {path.name}")
    return found


def older_than(seconds: float, paths: Iterable[Path]) -> list[Path]:
    limit = time.time() - seconds
    return [path for path in paths if path.stat().st_mtime < limit]


async def unfinished(database: Database) -> list[str]:
    """Jobs that run or have an open hold."""
    return [str(row[0]) for row in await database.fetch(UNFINISHED)]


async def until_finished(database: Database, within_s: float) -> list[str]:
    """Wait until nothing is unfinished; what still is when time is over."""
    ends = time.monotonic() + within_s
    while True:
        left = await unfinished(database)
        if not left or time.monotonic() > ends:
            return left
        await asyncio.sleep(0.2)
