"""The ledger as one page of arithmetic, to hold the real one against."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Source: TypeAlias = Literal["plan", "topup"]
Amounts: TypeAlias = dict[Source, int]
PLAN_FIRST: tuple[Source, ...] = ("plan", "topup")


def nothing() -> Amounts:
    return {"plan": 0, "topup": 0}


@dataclass
class Moved:
    """What went one way by source, and how much of it has gone back."""

    by: Amounts = field(default_factory=nothing)
    back: Amounts = field(default_factory=nothing)

    def turned(self, amount: int | None) -> Amounts | None:
        """How an amount goes back, bought credits first; None for one that cannot."""
        rest = {source: self.by[source] - self.back[source] for source in PLAN_FIRST}
        amount = sum(rest.values()) if amount is None else amount
        if not 0 < amount <= sum(rest.values()):
            return None
        topup = min(rest["topup"], amount)
        return {"plan": amount - topup, "topup": topup}


@dataclass
class Hold:
    """Credits set aside by source, what became of them, and whether their job still runs."""

    held: Amounts
    state: str = "open"
    runs: bool = True
    charge: Moved = field(default_factory=Moved)


class Reference:
    """One wallet, its holds, its plan, and the accounts its credits come from and go to."""

    def __init__(self) -> None:
        self.balance, self.held = nothing(), nothing()
        self.holds: dict[str, Hold] = {}
        self.gifts: dict[str, Moved] = {}
        self.done: set[str] = set()
        self.accounts = {"grants": 0, "revenue": 0, "losses": 0}
        self.plan, self.keeps, self.monthly, self.due = "", 0, 0, False

    def free(self, source: Source) -> int:
        return self.balance[source] - self.held[source]

    def split(self, available: Amounts, amount: int) -> Amounts:
        plan = min(available["plan"], amount)
        return {"plan": plan, "topup": min(available["topup"], amount - plan)}

    def move(self, account: str, amounts: Amounts) -> bool:
        """From an account to the wallet; not if more would leave the wallet than is free."""
        if any(self.free(source) + amounts[source] < 0 for source in PLAN_FIRST):
            return False
        for source in PLAN_FIRST:
            self.balance[source] += amounts[source]
            self.accounts[account] -= amounts[source]
        return True

    def grant(self, name: str, amount: int, source: Source) -> str:
        if name in self.done:
            return "repeated"
        if not self.move("grants", nothing() | {source: amount}):
            return "insufficient"
        self.done.add(name)
        if amount > 0:
            self.gifts[name] = Moved(nothing() | {source: amount})
        return "done"

    def all_free(self) -> Amounts:
        return {source: self.free(source) for source in PLAN_FIRST}

    def admit(self, job: str, amount: int, seen: Amounts | None = None) -> str:
        """`seen` is what was free when somebody looked; it is taken so if it still is."""
        free = self.all_free()
        parts = self.split(seen or free, amount)
        if sum(parts.values()) < amount or any(parts[one] > free[one] for one in PLAN_FIRST):
            parts = self.split(free, amount)
        if sum(parts.values()) < amount:
            return "insufficient"
        self.holds[job] = Hold(parts)
        for source in PLAN_FIRST:
            self.held[source] += parts[source]
        return "done"

    def ended(self, hold: Hold, state: str) -> None:
        for source in PLAN_FIRST:
            self.held[source] -= hold.held[source]
        hold.state = state

    def settle(self, job: str, amount: int) -> str:
        hold = self.holds[job]
        if hold.state != "open":
            return "done" if hold.state == "settled" else "over"
        self.ended(hold, "settled")
        hold.runs, hold.charge = False, Moved(self.split(hold.held, amount))
        self.move("revenue", {source: -part for source, part in hold.charge.by.items()})
        return "done"

    def fail(self, job: str, *, lost: bool) -> str:
        hold = self.holds[job]
        if not hold.runs:
            return "over"
        if hold.state == "open":
            self.ended(hold, "released")
        hold.runs = False
        if lost:
            self.accounts["losses"] += sum(hold.held.values())
            self.accounts["grants"] -= sum(hold.held.values())
        return "done"

    def expire(self, job: str) -> str:
        if self.holds[job].state == "open":
            self.ended(self.holds[job], "expired")
        return "done"

    def refund(self, name: str, job: str, amount: int | None) -> str:
        hold = self.holds[job]
        if not any(hold.charge.by.values()):
            return "conflict" if hold.runs else "invalid"
        return self.turn("revenue", name, hold.charge, amount, 1)

    def correct(self, name: str, gift: str, amount: int | None) -> str:
        return self.turn("grants", name, self.gifts[gift], amount, -1)

    def turn(self, account: str, name: str, moved: Moved, amount: int | None, sign: int) -> str:
        """Let what was moved go back, in whole or in part, once."""
        if name in self.done:
            return "repeated"
        if (parts := moved.turned(amount)) is None:
            return "invalid"
        if not self.move(account, {source: sign * part for source, part in parts.items()}):
            return "insufficient"
        self.done.add(name)
        for source, part in parts.items():
            moved.back[source] += part
        return "done"

    def month(self) -> str:
        """The month is over: what is unused and not kept goes, and the plan's credits come."""
        if not self.due:
            return "nothing"
        self.due = False
        self.move("grants", {"plan": min(0, self.keeps - self.free("plan")), "topup": 0})
        self.move("grants", {"plan": self.monthly, "topup": 0})
        return "done"

    def put(self, plan: str, keeps: int, monthly: int) -> str:
        """On another plan; its first month begins, and ends that of the one before."""
        if plan == self.plan:
            return "repeated"
        if self.plan:
            self.move("grants", {"plan": min(0, self.keeps - self.free("plan")), "topup": 0})
        self.plan, self.keeps, self.monthly, self.due = plan, keeps, monthly, False
        self.move("grants", {"plan": monthly, "topup": 0})
        return "done"
