"""The ledger as its users see it: a balance, and moves that happen once however often repeated."""

from dataclasses import dataclass
from typing import Literal, cast

from limner import money
from limner.db.base import Database
from limner.errors import InsufficientCredits, InvalidParams, NotFound
from limner.ledger import store
from limner.ledger.wallet import LedgerName, Source, Wallet, account


@dataclass(frozen=True, slots=True)
class Posting:
    """One immutable line: an amount that moved from one account to another, and why."""

    operation: str
    at: int
    kind: str
    debit: str
    credit: str
    amount: int
    job_id: str | None
    note: str | None


class Ledger:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def wallet(self, workspace_id: str, ledger: LedgerName) -> Wallet:
        """Raises NotFound for a workspace that does not exist."""
        rows = await self._database.fetch(
            store.WALLET, {"workspace_id": workspace_id, "ledger": ledger}
        )
        if not rows:
            raise NotFound(f"there is no workspace {workspace_id!r}")
        return Wallet(*cast(tuple[int, int, int, int], rows[0]))

    async def grant(
        self,
        workspace_id: str,
        amount: int,
        operation: str,
        *,
        ledger: LedgerName = "live",
        source: Source = "topup",
        kind: Literal["topup", "grant", "adjust"] = "grant",
        note: str | None = None,
    ) -> bool:
        """Give credits, or take free ones back when `amount` is negative.

        `operation` names the move: doing it again changes nothing and returns False. Raises
        InvalidParams for an amount of 0 or beyond `money.LARGEST`, InsufficientCredits when more
        is taken back than is free.
        """
        if amount == 0 or abs(amount) > money.LARGEST:
            raise InvalidParams(
                f"an amount is between 0.000001 and {money.LARGEST // money.MICRO} credits, "
                "negative to take free credits back; nothing was written",
                param="amount",
            )
        own = account(workspace_id, source)
        debit, credit = ("grants", own) if amount > 0 else (own, "grants")
        written = await self._database.write(
            store.GRANT,
            {
                "operation": operation,
                "ledger": ledger,
                "kind": kind,
                "debit": debit,
                "credit": credit,
                "amount": abs(amount),
                "workspace_id": workspace_id,
                "job_id": None,
                "corrects": None,
                "note": note,
                "to_plan": amount if source == "plan" else 0,
                "to_topup": amount if source == "topup" else 0,
            },
        )
        if written.refusal == "insufficient":
            raise InsufficientCredits(
                f"{money.shown(-amount)} credits are not free to take back; nothing was written"
            )
        return written.refusal is None

    async def postings(
        self, workspace_id: str, ledger: LedgerName, most: int = 50
    ) -> list[Posting]:
        """The newest lines of a workspace, newest first."""
        rows = await self._database.fetch(
            store.POSTINGS, {"workspace_id": workspace_id, "ledger": ledger, "most": most}
        )
        return [
            Posting(*cast(tuple[str, int, str, str, str, int, str | None, str | None], row))
            for row in rows
        ]
