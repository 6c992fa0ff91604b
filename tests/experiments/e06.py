"""E06, small amounts: a million charges at prices with awkward fractions, and their exact sum.

Thirds, sevenths and tenths of a cent, by image, by megapixel and steps, by token, with markups and
discounts: each charge is its exact fraction, rounded up once to what the wire can show, so the sum
is known to the digit. No column of the database holds a float and no SQL makes one, nor does code
on money's way but to show it.
"""

import ast
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from tests.experiments.run import Run

import limner
from limner import money
from limner.db import schema
from limner.generation.bill import Part, total_of
from limner.generation.tariff import Tariff

ROUNDS = 1_000_000
SHORT = 20_000
STEP = money.MICRO // money.WIRE_STEPS
ROOT = Path(limner.__file__).parent
MONEY = (
    *("money.py", "generation/pricing.py", "generation/tariff.py", "generation/delivery.py"),
    *("generation/price_versions.py", "generation/estimate.py", "generation/judging.py"),
    *("generation/wording.py", "generation/way.py", "catalog/rates.py", "catalog/check_price.py"),
    *("ledger", "plans", "jobs/rows.py", "jobs/gates.py", "jobs/spent.py", "jobs/request_log.py"),
    *("api/wire/credits.py", "api/wire/corrections.py", "api/wire/losses.py"),
    *("api/wire/plans.py", "cli/credits.py"),
)
"""Where amounts are worked out and moved."""
SHOWN = {("money.py", "wire"), ("money.py", "of_number"), ("generation/wording.py", "admission")}
"""Functions that meet a float: the number an answer shows, one that a caller sent, and seconds."""
FLOATS = {
    "sqlite": "SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c "
    "WHERE m.type = 'table' AND UPPER(c.type) IN ('REAL', 'FLOAT', 'DOUBLE', 'NUMERIC')",
    "postgresql": "SELECT table_name || '.' || column_name FROM information_schema.columns "
    "WHERE table_schema = 'public' AND data_type IN ('real', 'double precision', 'numeric')",
}


FLOAT_SQL = re.compile(
    r"\b(REAL|FLOAT[48]?|DOUBLE|NUMERIC|DECIMAL)\b|\b(AVG|TOTAL|ROUND|POWER)\(|::|\d\.\d"
)
"""What makes a float in a statement, or asks for one."""
STATEMENT = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|CREATE TABLE|ALTER TABLE|CAST\(|CASE WHEN)")


async def experiment(run: Run) -> list[str]:
    found = [*summed(run.rounds, run.chance("prices")), *floats_in_code(), *floats_in_sql()]
    database = await schema.connect(run.fresh_url())
    found += [f"{row[0]} holds a float" for row in await database.fetch(FLOATS[run.kind])]
    await database.close()
    return found


def summed(count: int, chance: random.Random) -> Iterator[str]:
    total, exact = 0, Fraction(0)
    for _ in range(count):
        parts, n, tariff = awkward(chance)
        quote = total_of(parts, n, tariff)
        each = rounded_up(sum((part.usd for part in parts), Fraction(0)), tariff)
        total, exact = total + quote.total, exact + each * n
        if quote.total != each * n or quote.total != sum(line.amount for line in quote.lines):
            yield f"{parts} {n} times at {tariff}: {quote.total}, not {each * n}"
    if total != exact:
        yield f"the sum is {total}, not {exact}"


def awkward(chance: random.Random) -> tuple[list[Part], int, Tariff]:
    tariff = Tariff(chance.choice((1, 7, 100, 333)), chance.choice((0, 0, 20, 33, -25, 7)))
    return [part(chance) for _ in range(chance.randint(1, 3))], chance.randint(1, 10), tariff


def part(chance: random.Random) -> Part:
    dollars = Fraction(chance.randint(1, 999), chance.choice((3, 7, 10, 1000, 1024, 1_000_000)))
    steps = Fraction(chance.randint(1, 50), chance.choice((4, 28)))
    return Part("", "", "", dollars * max(Fraction(1), steps))


def rounded_up(dollars: Fraction, tariff: Tariff) -> int:
    exact = dollars * tariff.credits_per_usd * (100 + tariff.markup_percent) / 100 * money.MICRO
    return -(-exact // STEP) * STEP


@dataclass(frozen=True, slots=True)
class Place:
    file: str
    function: str
    line: int


def floats_in_code() -> list[str]:
    """Wherever money's code makes a float: a literal, `float(…)`, or a true division of integers.

    Fractions and Decimals are told apart by hand: `DIVIDES` names the functions that divide them.
    """
    made = [place for path in sources() for place in floats_of(path)]
    return [
        f"{one.file}:{one.line} makes a float in {one.function}"
        for one in made
        if (one.file, one.function) not in SHOWN | DIVIDES
    ]


DIVIDES = {
    ("generation/pricing.py", "metered"),
    ("generation/pricing.py", "per_megapixel"),
    ("generation/pricing.py", "per_token"),
    ("money.py", "shown"),
}
"""Functions that divide Decimals, to show them, or Fractions."""


def floats_in_sql() -> list[str]:
    """Statements anywhere in the code, those of migrations too, that make a float."""
    return [line for path in sorted(ROOT.rglob("*.py")) for line in floats_of_sql(path)]


def floats_of_sql(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        text = sql_of(node)
        made = FLOAT_SQL.search(text) if STATEMENT.search(text) else None
        if made:
            line = getattr(node, "lineno", 0)
            yield f"{path.name}:{line} makes a float in SQL: {made[0]}"


def sql_of(node: ast.AST) -> str:
    """The words of a text; of one with holes, what stands around them."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return " ? ".join(sql_of(part) for part in parts if isinstance(part, ast.Constant))
    return ""


def sources() -> Iterator[Path]:
    for name in MONEY:
        path = ROOT / name
        yield from sorted(path.glob("*.py")) if path.is_dir() else [path]


def floats_of(path: Path) -> Iterator[Place]:
    tree = ast.parse(path.read_text("utf-8"))
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if makes_float(node):
                    name = str(path.relative_to(ROOT))
                    yield Place(name, function.name, getattr(node, "lineno", 0))


def makes_float(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=float()):
            return True
        case ast.Call(func=ast.Name(id="float")):
            return True
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            return True
    return False
