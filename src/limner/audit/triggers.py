"""The rules the database itself enforces must be in it: rows nobody can rewrite, by trigger."""

from limner.audit.rule import Breach
from limner.db.base import Database

NEEDED = {
    "posting_kept": "postings are never changed",
    "posting_stays": "postings are never deleted",
    "hold_ends_once": "an ended hold never changes",
    "hold_stays": "holds are never deleted",
    "job_ends_once": "an ended job never changes",
    "job_stays": "jobs are never deleted",
    "price_kept": "versions of prices are never changed",
    "price_stays": "versions of prices are never deleted",
}
TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT CAST(tgname AS TEXT) FROM pg_trigger "
    "WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')",
}


async def missing_triggers(database: Database) -> list[Breach]:
    present = {row[0] for row in await database.fetch(TRIGGERS[database.kind])}
    return [
        Breach("I5", f"the database sees to it that {says}", f"trigger {name} is not there")
        for name, says in NEEDED.items()
        if name not in present
    ]
