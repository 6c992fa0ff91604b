"""A wallet is a workspace's credits on one ledger: from its plan and from top-ups.

All amounts are micro-credits. The live ledger is money; the test ledger runs the same arithmetic on
play credits. Plan credits are spent first, because they may expire.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

LedgerName: TypeAlias = Literal["live", "test"]
Source: TypeAlias = Literal["plan", "topup"]

PLAY_CREDITS = 10**14
"""What a test wallet starts with: a hundred million credits, more than anyone can play away.

The sum over 90,000 workspaces still fits in 64 bits.
"""


class Split(NamedTuple):
    """An amount by source."""

    plan: int
    topup: int

    @property
    def total(self) -> int:
        return self.plan + self.topup

    def upto(self, amount: int) -> "Split":
        """The first `amount` of this split, plan before top-up."""
        plan = min(self.plan, amount)
        return Split(plan, min(self.topup, amount - plan))


@dataclass(frozen=True, slots=True)
class Wallet:
    plan: int
    plan_held: int
    topup: int
    topup_held: int

    @property
    def balance(self) -> int:
        """What was posted, holds included."""
        return self.plan + self.topup

    @property
    def held(self) -> int:
        return self.plan_held + self.topup_held

    @property
    def free(self) -> Split:
        return Split(self.plan - self.plan_held, self.topup - self.topup_held)


def account(workspace_id: str, source: Source) -> str:
    """The account name of a source: `ws_…/plan`.

    Others are `grants`, where all credits come from, and `revenue` and `losses`, where they go.
    """
    return f"{workspace_id}/{source}"


def split_for(free: Split, amount: int) -> Split | None:
    """How to take an amount from what is free, None when it is not enough."""
    return free.upto(amount) if free.total >= amount else None
