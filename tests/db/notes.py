"""Writes of the database tests, on the table `meta`: names with a text each."""

from limner.db.base import Database, Statement, Write

PUT = Write("put", (Statement("INSERT INTO meta (name, value) VALUES (:name, :value)"),))

CLAIM = Write(
    "claim",
    (
        Statement(
            """
            INSERT INTO meta (name, value) VALUES (:name, :value)
            ON CONFLICT (name) DO NOTHING RETURNING name
            """,
            refusal="taken",
        ),
    ),
)

MOVE = Write(
    "move",
    (
        Statement("INSERT INTO meta (name, value) VALUES (:mark, 'moved') RETURNING name", "never"),
        Statement("UPDATE meta SET value = :value WHERE name = :name RETURNING value", "missing"),
    ),
)
"""Its second gate refuses after the first statement has written."""

PUT_ALL = Write(
    "put_all",
    (Statement("INSERT INTO meta (name, value) VALUES (:name, :value)", each="notes"),),
)

CLAIM_ALL = Write("claim_all", (Statement(CLAIM.statements[0].sql, "taken", each="notes"),))
"""A gate that stands for several items: all of them pass or the write is refused."""

TOUCH = Write(
    "touch",
    (
        Statement("UPDATE meta SET value = :value WHERE name = :name"),
        Statement("UPDATE meta SET value = :value WHERE name = :other"),
    ),
    locks="topic",
)


async def notes(database: Database) -> dict[str, str]:
    rows = await database.fetch("SELECT name, value FROM meta ORDER BY name")
    return {str(name): str(value) for name, value in rows}
