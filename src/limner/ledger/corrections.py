"""Charges are given back and gifts taken back by new lines, which name what they correct.

What was booked stays as it was booked. A charge goes back to the sources it was taken from, what
was taken last first: bought credits before those of a plan, which may expire.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal, cast

from limner import money
from limner.db.base import Database, Values
from limner.errors import Conflict, InsufficientCredits, InvalidParams, LimnerError, NotFound
from limner.ledger import correction_store as store
from limner.ledger.wallet import LedgerName, Source, Split, account

SOURCES: tuple[Source, ...] = ("topup", "plan")
"""In the order in which a charge goes back to them."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that may be corrected, and how much of it has gone back."""

    operation: str
    debit: str
    credit: str
    amount: int
    back: int

    @property
    def rest(self) -> int:
        return self.amount - self.back


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a refund or correction came to; nothing is moved where it had been done before."""

    operation: str
    moved: int
    amount: int
    """What the corrected lines had moved."""
    back: int
    """How much of that has gone back by now."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose books are corrected."""

    workspace_id: str
    ledger: LedgerName


class Corrections:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def refund(
        self, owner: Owner, job_id: str, operation: str, amount: int | None, note: str | None
    ) -> Corrected:
        """Give back a job's charge, or an amount of it.

        Raises InvalidParams for more than was charged and not given back yet, Conflict while the
        job runs, NotFound.
        """
        charges = [f"settle/{job_id}/{one}" for one in SOURCES]
        while True:
            lines = await self._lines(owner, charges)
            if not lines:
                refusal = await self._uncharged(owner, job_id)
                if await self._lines(owner, charges):
                    continue  # it was charged meanwhile
                raise refusal
            if done := await self._done(owner, operation, "refund", lines):
                return done
            parts = shares(lines, wanted_of(lines, amount, f"job {job_id} cost"))
            if done := await self._moved(owner, operation, "refund", lines, parts, note):
                return done

    async def correct(
        self, owner: Owner, corrects: str, operation: str, amount: int | None, note: str | None
    ) -> Corrected:
        """Take back what an operation gave, or an amount of it, as long as it is free.

        Raises InvalidParams for more than it gave and for what gave nothing, InsufficientCredits,
        NotFound. The operation may be named as it is listed, or as whoever gave it named it.
        """
        own = f"{owner.ledger}/{owner.workspace_id}"
        names = (corrects, f"{own}/{corrects}", f"{own}/grant/{corrects}")
        while True:
            lines = (await self._lines(owner, names))[:1]
            if not lines:
                raise NotFound(f"there is no operation {corrects!r}; `limner credits list --json`")
            if lines[0].debit != "grants":
                raise InvalidParams(
                    "only what was added can be taken back; a charge is given back by a refund of "
                    "its job. Nothing was written",
                    param="corrects",
                )
            if done := await self._done(owner, operation, "correct", lines):
                return done
            parts = [wanted_of(lines, amount, f"{corrects} gave")]
            if done := await self._moved(owner, operation, "correct", lines, parts, note):
                return done

    async def _lines(self, owner: Owner, names: Sequence[str]) -> list[Line]:
        """Those of some lines that there are, in the order of their names."""
        named = dict(zip_longest(("first", "second", "third"), names, fillvalue=""))
        own = {"workspace_id": owner.workspace_id, "ledger": owner.ledger}
        rows = await self._database.fetch(store.LINES, named | own)
        lines = [Line(*cast(tuple[str, str, str, int, int], row)) for row in rows]
        return sorted(lines, key=lambda line: names.index(line.operation))

    async def _done(
        self, owner: Owner, operation: str, kind: str, lines: Sequence[Line]
    ) -> Corrected | None:
        """What is said of an operation that was done before."""
        named = name_of(owner, kind, operation)
        if await self._database.fetch(store.KNOWN, {"operation": named}):
            return corrected(named, lines, 0)
        return None

    async def _moved(
        self,
        owner: Owner,
        operation: str,
        kind: Literal["refund", "correct"],
        lines: Sequence[Line],
        parts: Sequence[int],
        note: str | None,
    ) -> Corrected | None:
        """None where somebody else was quicker. Raises for a wallet with no room, or too little."""
        named = name_of(owner, kind, operation)
        change = change_of(owner, lines, parts)
        written = await self._database.write(
            store.CORRECT,
            {
                "workspace_id": owner.workspace_id,
                "ledger": owner.ledger,
                "kind": kind,
                "note": note,
                "to_plan": change.plan,
                "to_topup": change.topup,
                "fullest": money.FULLEST,
                "lines": params_of(
                    (named, name_of(owner, f"{kind}-rest", operation)), lines, parts
                ),
            },
        )
        if written.refusal == "out_of_bounds":
            if await self._lines(owner, [line.operation for line in lines]) != lines:
                return None
            raise no_room(sum(parts), gives=kind == "refund")
        return None if written.refusal else corrected(named, lines, sum(parts))

    async def _uncharged(self, owner: Owner, job_id: str) -> LimnerError:
        """Why a job has no charge to give back."""
        named = {
            "job_id": job_id,
            "workspace_id": owner.workspace_id,
            "ledger": owner.ledger,
        }
        rows = await self._database.fetch(store.JOB_STATE, named)
        if not rows:
            return NotFound(f"there is no job {job_id!r} of this workspace")
        if rows[0][0] == "processing":
            return Conflict(f"job {job_id} still runs, so nothing was charged yet", param="job_id")
        return InvalidParams(f"job {job_id} was charged nothing", param="job_id")


def name_of(owner: Owner, kind: str, operation: str) -> str:
    return f"{owner.ledger}/{owner.workspace_id}/{kind}/{operation}"


def wanted_of(lines: Sequence[Line], amount: int | None, what: str) -> int:
    """How much is to go back: all that has not, unless an amount is named. Raises InvalidParams."""
    rest = sum(line.rest for line in lines)
    if amount is None and rest:
        return rest
    if amount is None or amount > rest:
        raise InvalidParams(
            f"{what} {money.shown(sum(line.amount for line in lines))} credits, of which "
            f"{money.at_least(rest)} can still go back; nothing was written",
            param="credits",
        )
    if amount <= 0:
        raise InvalidParams("credits must be above 0; nothing was written", param="credits")
    return amount


def shares(lines: Sequence[Line], amount: int) -> list[int]:
    """How much of an amount goes back by each line: as much as the first can, then the next."""
    parts = []
    for line in lines:
        parts.append(min(line.rest, amount))
        amount -= parts[-1]
    return parts


def change_of(owner: Owner, lines: Sequence[Line], parts: Sequence[int]) -> Split:
    """What becomes of the sources when these parts of these lines go back."""
    change = dict.fromkeys(SOURCES, 0)
    for line, part in zip(lines, parts, strict=True):
        for source in SOURCES:
            own = account(owner.workspace_id, source)
            change[source] += part * ((line.debit == own) - (line.credit == own))
    return Split(change["plan"], change["topup"])


def params_of(names: Sequence[str], lines: Sequence[Line], parts: Sequence[int]) -> list[Values]:
    """The first new line has the operation's own name, so that it cannot be written twice."""
    moves = [(line, part) for line, part in zip(lines, parts, strict=True) if part]
    return [
        {"operation": name, "corrects": line.operation, "amount": part}
        for name, (line, part) in zip(names, moves, strict=False)
    ]


def corrected(named: str, lines: Sequence[Line], moved: int) -> Corrected:
    amount, back = sum(line.amount for line in lines), sum(line.back for line in lines)
    return Corrected(named, moved, amount, back + moved)


def no_room(amount: int, *, gives: bool) -> LimnerError:
    """Why a wallet did not take a correction."""
    if gives:
        return InvalidParams(
            f"a wallet holds at most {money.FULLEST // money.MICRO} credits; nothing was written",
            param="credits",
        )
    return InsufficientCredits(
        f"{money.shown(amount)} credits are not free to take back; name fewer. Nothing was written"
    )
