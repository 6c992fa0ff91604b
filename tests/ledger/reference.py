"""The ledger as one page of arithmetic, to hold the real one against."""

from dataclasses import dataclass, field

Amounts = dict[str, int]


@dataclass
class Hold:
    """Credits set aside, by source, and what became of them."""

    held: Amounts
    state: str = "open"
    charged: Amounts = field(default_factory=lambda: {"plan": 0, "topup": 0})


class Reference:
    """One wallet, its holds, and the accounts its credits come from and go to."""

    def __init__(self) -> None:
        self.balance: Amounts = {"plan": 0, "topup": 0}
        self.held: Amounts = {"plan": 0, "topup": 0}
        self.holds: dict[str, Hold] = {}
        self.operations: set[str] = set()
        self.granted = self.revenue = self.losses = 0

    def free(self, source: str) -> int:
        return self.balance[source] - self.held[source]

    def grant(self, operation: str, amount: int, source: str) -> str:
        if operation in self.operations:
            return "repeated"
        if self.free(source) + amount < 0:
            return "insufficient"
        self.operations.add(operation)
        self.balance[source] += amount
        self.granted += amount
        return "done"

    def admit(self, job: str, amount: int) -> None:
        self.holds[job] = Hold(self.split({s: self.free(s) for s in self.held}, amount))
        self.held = {s: self.held[s] + part for s, part in self.holds[job].held.items()}

    def end(self, job: str, state: str, amount: int = 0, *, lost: bool = False) -> None:
        """Settle, release or expire; what has ended stays as it is."""
        if (hold := self.holds[job]).state != "open":
            return
        hold.state, hold.charged = state, self.split(hold.held, amount)
        for source, part in hold.held.items():
            self.held[source] -= part
            self.balance[source] -= hold.charged[source]
        self.revenue += sum(hold.charged.values())
        self.losses += sum(hold.held.values()) if lost else 0

    @staticmethod
    def split(available: Amounts, amount: int) -> Amounts:
        plan = min(available["plan"], amount)
        return {"plan": plan, "topup": min(available["topup"], amount - plan)}
