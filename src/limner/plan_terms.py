"""What a plan gives a workspace every month, and what of it outlives the month."""

import msgspec

from limner import money

ROLLOVERS = '"none", "all" or a number of credits'


class PlanTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One `[plans.NAME]` table, amounts in credits.

    `rollover` is how many unused credits a renewal leaves there at most.
    """

    credits: int | float
    rollover: int | float | str = "none"
    title: str = ""
    """What people call it; its name where empty."""

    def __post_init__(self) -> None:
        if self.monthly <= 0:
            raise ValueError("credits must be above 0")
        if self.keeps < 0:
            raise ValueError(f"rollover must be {ROLLOVERS}")

    @property
    def monthly(self) -> int:
        """Micro-credits a month."""
        return money.of_number(self.credits)

    @property
    def keeps(self) -> int:
        """Micro-credits that a renewal leaves: more than a wallet can hold, where all roll over."""
        if self.rollover == "none":
            return 0
        if self.rollover == "all":
            return money.FULLEST
        if isinstance(self.rollover, str):
            raise ValueError(f"rollover must be {ROLLOVERS}")
        return money.of_number(self.rollover)
