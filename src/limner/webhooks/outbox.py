"""SQL that writes down what is to be told, as part of the transaction that makes it true.

Each event becomes one delivery for every webhook that wants it, and for a job one more for the
address its request named. Without any, the statement finds nothing to do.
"""

from typing import Literal, TypeAlias

import msgspec

from limner.db.base import Statement, Value
from limner.ids import new_id

EventType: TypeAlias = Literal[
    "job.completed",
    "job.failed",
    "budget.threshold_reached",
    "credits.low",
    "credits.renewed",
]
EVERYTHING = "*"
PING: Literal["ping"] = "ping"
OF_JOB, OF_WEBHOOK = "0", "1"
"""How the id of a delivery ends that was made for one receiver alone."""

WANTS = "(w.events = '*' OR w.events LIKE '%' || CAST(:event_type AS TEXT) || '%')"

INTO = """
    INSERT INTO webhook_delivery (id, event_id, type, workspace_id, ledger, webhook_id, job_id,
                                  target, data, state, tries, step, since, due_at, created_at)
"""
TIMES = "'pending', 0, 0, NOW_US(), NOW_US(), NOW_US()"
TO_WEBHOOKS = f"""
    SELECT CAST(:delivery_id AS TEXT) || '_' || ROW_NUMBER() OVER (ORDER BY w.id),
           CAST(:event_id AS TEXT), CAST(:event_type AS TEXT), w.workspace_id, w.ledger, w.id,
           {{job_id}}, w.id, {{data}}, {TIMES}
    FROM webhook w
    WHERE w.workspace_id = CAST(:workspace_id AS TEXT) AND w.ledger = CAST(:ledger AS TEXT)
      AND w.state = 'enabled' AND {WANTS}
"""

TELL_OF_JOB = Statement(
    f"""
    {INTO} {TO_WEBHOOKS.format(job_id="CAST(:job_id AS TEXT)", data="NULL")}
    UNION ALL
    SELECT CAST(:delivery_id AS TEXT) || '_{OF_JOB}', CAST(:event_id AS TEXT),
           CAST(:event_type AS TEXT), j.workspace_id, j.ledger, NULL, j.id,
           j.workspace_id || '/' || SUBSTR(j.webhook, 1, 16), NULL, {TIMES}
    FROM job j WHERE j.id = CAST(:job_id AS TEXT) AND j.webhook IS NOT NULL
    """
)
"""Tells that a job has ended; runs with `event_params` and what the job's end runs with."""

TELL = Statement(INTO + TO_WEBHOOKS.format(job_id="NULL", data="CAST(:event_data AS TEXT)"))
"""Tells of what is no job; runs with `event_params`, `workspace_id` and `ledger`."""


def event_params(event_type: EventType | Literal["ping"], data: object = None) -> dict[str, Value]:
    """A fresh event of a type, as parameters of its statement."""
    event_id = new_id("evt")
    return {
        "event_id": event_id,
        "delivery_id": event_id.replace("evt", "dlv", 1),
        "event_type": event_type,
        "event_data": None if data is None else msgspec.json.encode(data).decode(),
    }
