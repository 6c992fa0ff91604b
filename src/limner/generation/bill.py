"""A bill: lines in micro-credits that add up to the total, and a total of equal pictures.

Dollars are fractions until a line is made of them; each picture is rounded up to a ten-thousandth
of a credit and then counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from limner.generation.tariff import Tariff


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of the bill; `amount` is in micro-credits, the rest is for people."""

    what: str
    quantity: str
    unit_price: str
    amount: int


@dataclass(frozen=True, slots=True)
class Quote:
    """Micro-credits for `n` pictures: `total` is `per_image * n` and the sum of the lines.

    Where one call gives several pictures for one price, `n` counts calls. `at_list` is the total
    without markup: what the work may cost the operator.
    """

    per_image: int
    n: int
    total: int
    lines: tuple[PriceLine, ...]
    at_list: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A line before it is rounded: `usd` is one picture's share."""

    what: str
    quantity: str
    unit_price: str
    usd: Fraction


def share(held: Quote, counted: int) -> Quote:
    """The part of a quote that falls to the pictures that came."""
    if counted == held.n:
        return held
    lines = tuple(
        PriceLine(
            line.what,
            f"{line.quantity}, {counted} of {held.n} delivered",
            line.unit_price,
            line.amount // held.n * counted,
        )
        for line in held.lines
    )
    at_list = held.at_list // held.n * counted
    return Quote(held.per_image, counted, held.per_image * counted, lines, at_list)


def capped(bill: Quote, most: int) -> Quote:
    """A bill of at most `most` a picture; what lies above is shown and not charged."""
    if bill.per_image <= most:
        return bill
    total = most * bill.n
    waived = PriceLine("above what was set aside, not charged", "", "", total - bill.total)
    return Quote(most, bill.n, total, (*bill.lines, waived), bill.at_list)


def total_of(parts: Iterable[Part], n: int, tariff: Tariff) -> Quote:
    """The running total is what gets rounded, and a line is its step, so the lines add up.

    The lines are at list price; the markup is one of its own, the last.
    """
    lines: list[PriceLine] = []
    dollars_so_far, so_far = Fraction(0), 0
    for part in parts:
        dollars_so_far += part.usd
        rounded = tariff.at_list(dollars_so_far)
        amount = (rounded - so_far) * n
        lines.append(PriceLine(part.what, part.quantity, part.unit_price, amount))
        so_far = rounded
    each = tariff.credits(dollars_so_far)
    if each != so_far:
        lines.append(markup_line(tariff, (each - so_far) * n))
    return Quote(each, n, each * n, tuple(lines), so_far * n)


def markup_line(tariff: Tariff, amount: int) -> PriceLine:
    what = "markup" if tariff.markup_percent > 0 else "discount"
    return PriceLine(what, f"{abs(tariff.markup_percent)} % of the list price", "", amount)


def dollars(amount: Decimal) -> str:
    return f"US${amount.normalize():f}"


def images(count: int) -> str:
    return plural(count, "image")


def plural(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def times(n: int, quantity: str) -> str:
    return quantity if n == 1 else f"{n} × {quantity}"
