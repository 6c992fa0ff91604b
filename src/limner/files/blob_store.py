"""SQL of blobs: equal bytes of a workspace are stored once, and counted.

Whoever stores writes its bytes under its own name first. If the workspace has such bytes already,
its row is given the older name in the transaction that keeps it, and the new blob has no row: a
sweep removes it. So nobody counts on bytes that somebody else is about to let go.
"""

from typing import Literal, TypeAlias

from limner.db.base import Statement

Space: TypeAlias = Literal["pictures", "files"]


def having(space: Space, each: str, name: str) -> Statement:
    """One more has these bytes. `name` is the parameter with the name they were written under."""
    return Statement(
        f"""
        INSERT INTO blob (name, workspace_id, space, sha256, bytes, refs)
        VALUES (:{name}, :workspace_id, '{space}', :sha256, :bytes, 1)
        ON CONFLICT (workspace_id, space, sha256) DO UPDATE SET refs = blob.refs + 1
        """,
        each=each,
    )


def had(space: Space, digest: str = "sha256") -> str:
    """The name of the blob with these bytes: an expression, behind `having`.

    `digest` is the parameter with their SHA-256; the name is NULL where that is.
    """
    return f"""(SELECT b.name FROM blob b WHERE b.workspace_id = :workspace_id
                AND b.space = '{space}' AND b.sha256 = :{digest})"""


def letting_go(name: str) -> tuple[Statement, Statement]:
    """One less has them; with the last one the row goes. `name` is an expression."""
    return (
        Statement(f"UPDATE blob SET refs = refs - 1 WHERE name = {name}"),
        Statement(f"DELETE FROM blob WHERE refs = 0 AND name = {name}"),
    )


KNOWN = "SELECT name FROM blob WHERE name = :name"
"""Whether anybody has a blob still."""
