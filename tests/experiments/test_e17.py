"""The matrix is whole: every kind of provider, every dialect, and faults that there are."""

from tests.experiments.e17 import all_cells
from tests.experiments.fault_table import OTHERWISE, TABLE, lines
from tests.experiments.upstreams import UPSTREAMS
from tests.standins.faults import marked

from limner.providers.dialects import DIALECTS
from limner.providers.registry import KINDS


def test_every_kind_and_dialect_is_in_the_matrix() -> None:
    assert {one.kind for one in UPSTREAMS} == KINDS.keys()
    assert {one.options["dialect"] for one in UPSTREAMS if "dialect" in one.options} == set(
        DIALECTS
    )


def test_what_is_otherwise_is_so_of_a_wire_that_there_is() -> None:
    assert OTHERWISE.keys() == {one.wire for one in UPSTREAMS if one.wire}


def test_no_line_of_the_table_is_there_twice() -> None:
    for text in (TABLE, *OTHERWISE.values()):
        written = [line for line in text.strip().splitlines() if not line.startswith("stage")]
        assert len(lines(text)) == len(written)


def test_every_fault_is_one_that_a_prompt_can_ask_for() -> None:
    asked = {cell.marker for cell in all_cells() if not cell.line.line}
    assert [marker for marker in asked if marked(marker) is None] == []
    assert {cell.marker for cell in all_cells() if cell.line.line} == {""}


def test_no_two_cells_are_the_same() -> None:
    names = [str(cell) for cell in all_cells()]
    assert len(set(names)) == len(names)
