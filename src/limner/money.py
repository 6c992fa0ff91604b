"""Amounts are integers in micro-credits: 1 credit is 1,000,000, and no float ever holds one."""

import re
from decimal import Decimal
from fractions import Fraction

MICRO = 1_000_000
"""Micro-credits in one credit."""

LARGEST = 10**15
"""The largest amount one operation may move: a thousand million credits."""

FULLEST = 10**18
"""The most one source of a wallet may hold; the sum of nine still fits in 64 bits."""


def credits(amount: int) -> int:
    """Whole credits as micro-credits."""
    return amount * MICRO


def from_usd(usd: Decimal | Fraction, credits_per_usd: int, markup_percent: int = 0) -> int:
    """US dollars as micro-credits, rounded up to the wire's precision of a ten-thousandth credit.

    Rounding up to what the wire can show keeps `credits_used` and the ledger equal to the digit.
    """
    dividend, divisor = usd.as_integer_ratio()  # a Decimal product would round to 28 digits
    dividend *= credits_per_usd * (100 + markup_percent)
    steps = -(-dividend * WIRE_STEPS // (divisor * 100))
    return steps * (MICRO // WIRE_STEPS)


WIRE_STEPS = 10_000
"""The wire shows at most four decimals of a credit."""


def wire(micro: int) -> int | float:
    """Micro-credits as the number clients read: integral when whole, at most four decimals."""
    whole, rest = divmod(micro, MICRO)
    return whole if rest == 0 else round(micro / MICRO, 4)


def shown(micro: int) -> str:
    """Micro-credits for people: `4`, `0.52`, `-1.25`."""
    text = f"{Decimal(micro) / MICRO:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def at_least(micro: int) -> str:
    """As `shown`, but never more than there is: 5.999999 credits are not 6."""
    return shown(micro - micro % (MICRO // WIRE_STEPS))


def parsed(text: str) -> int:
    """What a person typed as credits, in micro-credits; ValueError says what is wrong with it."""
    number = NUMBER.fullmatch(text)
    if number is None:
        raise ValueError(f"{text[:40]!r} is not a number of credits, such as 25 or 0.5")
    sign, whole, decimals = number["sign"], number["whole"], (number["decimals"] or "").rstrip("0")
    if len(decimals) > 6:
        raise ValueError(f"{text} has more than six decimals; the smallest amount is 0.000001")
    micro = int(whole) * MICRO + int(decimals.ljust(6, "0"))
    if micro > LARGEST:
        raise ValueError(f"{text} credits are more than one move may carry ({LARGEST // MICRO})")
    return -micro if sign == "-" else micro


def of_number(number: int | float) -> int:
    """A JSON number of credits in micro-credits; ValueError says what is wrong with it.

    The number is taken as it was written: 0.00001 is ten micro-credits, whatever a float makes of
    it.
    """
    return parsed(f"{Decimal(str(number)):f}")


NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<whole>[0-9]{1,20})(\.(?P<decimals>[0-9]{1,40}))?")
