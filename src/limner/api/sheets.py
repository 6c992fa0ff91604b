"""Answers for spreadsheets: CSV, sent page by page, in which no text can act as a formula."""

import csv
import io
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from typing import TypeAlias

from starlette.responses import Response, StreamingResponse

Cell: TypeAlias = str | int | None
Rows: TypeAlias = Iterable[Sequence[Cell]]

CONTENT_TYPE = "text/csv; charset=utf-8"
BEGINS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


async def sheet(
    name: str,
    columns: Sequence[str],
    pages: AsyncGenerator[Rows, None],
    headers: dict[str, str],
) -> Response:
    """The rows of all pages under their headings. Trouble with the first page is raised here."""
    first: Rows = await anext(pages, [])  # with () Python 3.11 raises SystemError
    saved_as = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(
        written(columns, first, pages), headers=headers | saved_as, media_type=CONTENT_TYPE
    )


async def written(
    columns: Sequence[str], first: Rows, rest: AsyncGenerator[Rows, None]
) -> AsyncGenerator[str, None]:
    async with aclosing(rest):
        yield lines([columns]) + lines(first)
        async for rows in rest:
            yield lines(rows)


def lines(rows: Rows) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def cell(value: Cell) -> Cell:
    """Text that a spreadsheet would take for a formula is marked as text."""
    if isinstance(value, str) and value.startswith(BEGINS_A_FORMULA):
        return f"'{value}"
    return value
