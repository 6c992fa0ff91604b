"""What goes into a spreadsheet stays text, and trouble comes before the answer begins."""

from collections.abc import AsyncGenerator

import pytest

from limner.api.sheets import Rows, cell, lines, sheet
from limner.db.base import DatabaseAway


@pytest.mark.parametrize("text", ["=1+1", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"])
def test_what_a_spreadsheet_would_compute_is_marked_as_text(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["a=1", "sketch-1", "4.0001", "", 7, -7, None])
def test_everything_else_stays_as_it_is(value: str | int | None) -> None:
    assert cell(value) == value


def test_commas_quotes_and_line_ends_stay_inside_their_cell() -> None:
    assert lines([['a,"b"', "c\nd", None, 1]]) == '"a,""b""","c\nd",,1\r\n'


async def test_trouble_with_the_first_page_is_no_half_answer() -> None:
    async def away() -> AsyncGenerator[Rows, None]:
        raise DatabaseAway("gone")
        yield ()

    with pytest.raises(DatabaseAway):
        await sheet("usage", ["a"], away(), {})
