"""Draw with every family of models: `python -m tests.families --database both`.

Prints a line each: the pictures, what they cost and what was left. The exit code is 1 if a sum, a
byte or `limner audit` is not as it must be.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.databases import KINDS
from tests.experiments.__main__ import databases
from tests.families.drawing import WAYS, Drawn, draw, house
from tests.families.upstreams import Standing, standing

HEAD = ("family", "model", "pictures", "credits", "before", "after", "by")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.families", description=__doc__)
    parser.add_argument("--database", choices=(*KINDS, "both"), default="both")
    parser.add_argument("--short", action="store_true", help="each in one way instead of four")
    told = parser.parse_args()
    kinds = KINDS if told.database == "both" else (told.database,)
    ways = 1 if told.short else len(WAYS)
    with tempfile.TemporaryDirectory(prefix="limner-families-") as name:
        folder = Path(name)
        with standing(folder) as stand_ins:
            good = [tried(kind, folder / kind, stand_ins, ways) for kind in kinds]
    return 0 if all(good) else 1


def tried(kind: str, folder: Path, stand_ins: Sequence[Standing], ways: int) -> bool:
    """Draw everything on one kind of database, and say how it went."""
    folder.mkdir()
    with databases(kind, folder) as (fresh_url, _), house(fresh_url(), folder, stand_ins) as ours:
        lines = asyncio.run(draw(ours, ways))
        audited = ours.audited()
    wrong = [f"{one.row.family}, {one.row.model}: {said}" for one in lines for said in one.wrong]
    print(f"{kind}\n{table(lines)}\n")
    spent = lines[0].before - lines[-1].after
    pictures = sum(one.pictures for one in lines)
    print(f"{len(lines)} requests, {pictures} files, {spent} credits, audit: ", end="")
    print("sound" if not audited else "NOT SOUND", end="\n\n")
    print("".join(f"wrong: {line}\n" for line in wrong + audited), end="", flush=True)
    return not wrong and not audited


def table(lines: Sequence[Drawn]) -> str:
    rows = [HEAD, *(cells(one) for one in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if 2 <= column <= 5 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def cells(one: Drawn) -> tuple[str, ...]:
    told = (str(one.pictures), *(f"{amount:f}" for amount in (one.credits, one.before, one.after)))
    return (one.row.family, one.row.model, *told, " ".join(one.way))


if __name__ == "__main__":
    sys.exit(main())
