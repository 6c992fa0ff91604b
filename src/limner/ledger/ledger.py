"""The ledger as its users see it: a balance, and moves that happen once however often repeated."""

from dataclasses import dataclass
from typing import Literal, cast

from limner import money
from limner.db.base import Database
from limner.errors import InsufficientCredits, InvalidParams, LimnerError, NotFound
from limner.ledger import store
from limner.ledger.corrections import Corrected, Corrections, Owner
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
    corrects: str | None
    """The operation this one gives back, or takes back."""
    note: str | None


GRACE_US = 10_000_000
"""How long a hold that ran out is left to whoever fails its job."""


class Ledger:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._corrections = Corrections(database)

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

        `operation` names the move within its wallet: doing it again changes nothing and returns
        False. Raises InvalidParams for an amount of 0 or beyond `money.LARGEST` and for a wallet
        that is full, InsufficientCredits when more is taken back than is free, NotFound.
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
                "operation": f"{ledger}/{workspace_id}/{operation}",
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
                "fullest": money.FULLEST,
            },
        )
        if written.refusal == "out_of_bounds":
            await self.wallet(workspace_id, ledger)
            raise out_of_bounds(amount)
        return written.refusal is None

    async def refund(
        self,
        workspace_id: str,
        job_id: str,
        operation: str,
        *,
        amount: int | None = None,
        ledger: LedgerName = "live",
        note: str | None = None,
    ) -> Corrected:
        """Give back what a job was charged, or an amount of it; see `Corrections.refund`."""
        owner = Owner(workspace_id, ledger)
        return await self._corrections.refund(owner, job_id, operation, amount, note)

    async def correct(
        self,
        workspace_id: str,
        corrects: str,
        operation: str,
        *,
        amount: int | None = None,
        ledger: LedgerName = "live",
        note: str | None = None,
    ) -> Corrected:
        """Take back what an operation gave, or an amount of it; see `Corrections.correct`."""
        owner = Owner(workspace_id, ledger)
        return await self._corrections.correct(owner, corrects, operation, amount, note)

    async def expire_holds(self) -> int:
        """Free the holds that ran out and that nobody else has ended; returns how many.

        A living job renews its hold, and one that died is failed together with its hold, so what
        is found here has lost its job.
        """
        ended = 0
        for row in await self._database.fetch(store.OVERDUE_HOLDS, {"grace_us": GRACE_US}):
            names = ("job_id", "workspace_id", "ledger", "plan", "topup")
            params = dict(zip(names, row, strict=True)) | {"hold_end": "expired"}
            ended += (await self._database.write(store.EXPIRE, params)).refusal is None
        return ended

    async def postings(
        self, workspace_id: str, ledger: LedgerName, most: int = 50
    ) -> list[Posting]:
        """The newest lines of a workspace, newest first."""
        rows = await self._database.fetch(
            store.POSTINGS, {"workspace_id": workspace_id, "ledger": ledger, "most": most}
        )
        return [
            Posting(
                *cast(tuple[str, int, str, str, str, int, str | None, str | None, str | None], row)
            )
            for row in rows
        ]


def out_of_bounds(amount: int) -> LimnerError:
    """Why a wallet that exists did not take a move."""
    if amount < 0:
        return InsufficientCredits(
            f"{money.shown(-amount)} credits are not free to take back; nothing was written"
        )
    return InvalidParams(
        f"a wallet holds at most {money.FULLEST // money.MICRO} credits; nothing was written",
        param="amount",
    )
