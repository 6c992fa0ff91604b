"""Orders that a provider turned away because of this server's account, as the last day's jobs tell.

What a process has seen of its providers ends with it, and others cannot ask it; jobs stay. Only
those nobody else drew are told, and only while the provider has drawn none of that model since.
"""

from dataclasses import dataclass
from typing import cast

from limner.db.base import Database, Values
from limner.generation.wording import ACCOUNT

WITHIN_S = 86_400
DRAWN = """
    SELECT provider, model, MAX(ended_at) AS at FROM job
    WHERE state = 'completed' AND created_at > NOW_US() - CAST(:within_us AS BIGINT)
    GROUP BY provider, model
"""
TURNED_AWAY = f"""
    SELECT f.provider, f.model, COUNT(*), MAX(f.ended_at)
    FROM job f LEFT JOIN ({DRAWN}) d ON d.provider = f.provider AND d.model = f.model
    WHERE f.state = 'failed' AND f.error_message = :words
      AND f.created_at > NOW_US() - CAST(:within_us AS BIGINT)
      AND f.ended_at > COALESCE(d.at, 0)
    GROUP BY f.provider, f.model ORDER BY f.provider, f.model
"""


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """How many orders for a model, and when the last was; in unix microseconds."""

    provider: str
    model: str
    count: int
    last_at: int


async def turned_away(database: Database) -> list[TurnedAway]:
    params: Values = {"words": ACCOUNT, "within_us": WITHIN_S * 1_000_000}
    rows = await database.report(TURNED_AWAY, params)
    return [TurnedAway(*cast(tuple[str, str, int, int], row)) for row in rows]
