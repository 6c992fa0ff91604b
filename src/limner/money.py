"""Amounts are integers in micro-credits: 1 credit is 1,000,000, and no float ever holds one."""

from decimal import ROUND_CEILING, Decimal

MICRO = 1_000_000
"""Micro-credits in one credit."""

LARGEST = 10**15
"""The largest amount one operation may move: a thousand million credits."""


def credits(amount: int) -> int:
    """Whole credits as micro-credits."""
    return amount * MICRO


def from_usd(usd: Decimal, credits_per_usd: int) -> int:
    """US dollars as micro-credits, rounded up to the wire's precision of a ten-thousandth credit.

    Rounding up to what the wire can show keeps `credits_used` and the ledger equal to the digit.
    """
    shown = (usd * credits_per_usd * WIRE_STEPS).to_integral_value(rounding=ROUND_CEILING)
    return int(shown) * (MICRO // WIRE_STEPS)


WIRE_STEPS = 10_000
"""The wire shows at most four decimals of a credit."""


def wire(micro: int) -> int | float:
    """Micro-credits as the number clients read: integral when whole, at most four decimals."""
    whole, rest = divmod(micro, MICRO)
    return whole if rest == 0 else round(micro / MICRO, 4)


def shown(micro: int) -> str:
    """Micro-credits for people: `4`, `0.52`, `-1.25`."""
    text = f"{Decimal(micro) / MICRO:.4f}".rstrip("0").rstrip(".")
    return text or "0"


def parsed(text: str) -> int:
    """What a person typed as credits, in micro-credits; ValueError says what is wrong with it."""
    try:
        amount = Decimal(text)
    except ArithmeticError:
        raise ValueError(f"{text!r} is not a number of credits, such as 25 or 0.5") from None
    if not amount.is_finite():
        raise ValueError(f"{text!r} is not a finite number of credits")
    if abs(amount) * MICRO > LARGEST:
        raise ValueError(f"{text} credits are more than one operation may move ({LARGEST // MICRO})")
    micro = amount * MICRO
    if micro != micro.to_integral_value():
        raise ValueError(f"{text} has more than six decimals; the smallest amount is 0.000001")
    return int(micro)
