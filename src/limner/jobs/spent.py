"""How much of its limits a key or a workspace has used up, for administrators."""

from dataclasses import dataclass

from limner.db.base import Database
from limner.jobs import store
from limner.jobs.gates import number
from limner.jobs.window import Window
from limner.ledger.budgets import Budget, budgets_of


@dataclass(frozen=True, slots=True)
class Spent:
    """In the last minute, now, and in this month."""

    requests: int
    images: int
    pixels: int
    running: int
    """Jobs of a key that run; 0 for a workspace, which has no such limit."""
    budget: Budget | None


async def spent_by(scope: str, database: Database, window: Window) -> Spent:
    """`scope` is the id of a key or of a workspace."""
    used = await window.used(scope)
    (running,) = await database.fetch(store.RUNNING, {"key_id": scope})
    budgets = await budgets_of(database, scope, scope, "live")
    return Spent(
        requests=used.requests,
        images=used.images,
        pixels=used.pixels,
        running=number(running[0]),
        budget=budgets[0] if budgets else None,
    )
