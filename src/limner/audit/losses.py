"""What is booked as lost with a job is no more than the list price of what was ordered for it.

A job keeps what it was quoted: the list price of its last order, and of orders before that whose
outcome stayed open. Read here and not by a query, since the two databases read JSON otherwise.
"""

from collections.abc import AsyncGenerator
from typing import cast

from limner.audit.rule import Breach
from limner.db.base import Database
from limner.jobs.taking_over import quoted

PAGE = 5000
SAYS = "a loss is at most the list price of what was ordered"
LOSSES = """
    SELECT p.operation, p.amount, j.quote FROM posting p JOIN job j ON j.id = p.job_id
    WHERE p.kind = 'loss' AND p.operation > :after
    ORDER BY p.operation LIMIT CAST(:most AS BIGINT)
"""


async def overstated(database: Database) -> AsyncGenerator[Breach, None]:
    """Losses beyond that; jobs of before there was a list price are left out."""
    after = ""
    while rows := await database.fetch(LOSSES, {"after": after, "most": PAGE}):
        for operation, amount, quote in cast(list[tuple[str, int, str]], rows):
            price = quoted(quote)
            if price.at_list is not None and amount > price.at_list + price.left_open:
                yield Breach("I8", SAYS, f"{operation}, {amount}")
            after = operation
