"""What an operator is told when a server starts: providers that are configured and cannot draw."""

import structlog

from limner.db.base import DatabaseAway
from limner.generation.connections import Connections

log = structlog.get_logger()


async def problems_told(connections: Connections) -> None:
    """One line for each. A database that is away has nothing to tell yet."""
    try:
        known = await connections.all()
    except DatabaseAway:
        return
    for one in known:
        if one.problem:
            log.warning("provider_not_ready", provider=one.entry.name, problem=one.problem)
