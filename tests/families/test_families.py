"""Every family draws, in short; `make families` draws with each in four ways."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from tests.databases import KINDS as DATABASES
from tests.databases import FreshUrl
from tests.families.drawing import draw, files_wrong, house, money_wrong, orders_wrong
from tests.families.rows import ROWS, Row
from tests.families.upstreams import UPSTREAMS, Standing, standing

from limner.providers.registry import KINDS

ROW = ROWS[0]


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Standing]]:
    with standing(tmp_path_factory.mktemp("stand-ins")) as listening:
        yield listening


@pytest.mark.parametrize("kind", DATABASES)
def test_every_family_draws_for_what_it_costs(
    kind: str, stand_ins: Sequence[Standing], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    fresh_url: FreshUrl = request.getfixturevalue(
        "sqlite_url" if kind == "sqlite" else "postgres_url"
    )
    with house(fresh_url(), tmp_path, stand_ins) as ours:
        lines = asyncio.run(draw(ours))
        audited = ours.audited()
    assert [(one.row.family, one.row.model, one.wrong) for one in lines if one.wrong] == []
    assert audited == []


def test_every_kind_of_provider_has_a_row() -> None:
    assert {one.kind or one.name for one in UPSTREAMS} == KINDS.keys()
    assert {row.provider for row in ROWS} == {one.name for one in UPSTREAMS}


def test_a_wrong_charge_is_seen_in_the_answer_and_in_the_balance() -> None:
    right = (Decimal(1000), ROW.costs, 1000 - ROW.costs)
    assert list(money_wrong(ROW, *right)) == []
    assert len(list(money_wrong(ROW, Decimal(1000), ROW.costs, Decimal(998)))) == 1
    assert len(list(money_wrong(replace(ROW, credits="1.1815"), *right))) == 2


@pytest.mark.parametrize(
    "row", [ROW, next(row for row in ROWS if row.modality == "music")], ids=["pictures", "music"]
)
def test_other_bytes_are_seen(row: Row) -> None:
    files = list(row.files())
    assert list(files_wrong(row, files)) == []
    assert len(list(files_wrong(row, [files[0], files[1][:-1] + b"?"]))) == 1
    assert len(list(files_wrong(row, files[:1]))) == 1


def test_an_order_too_many_is_seen_and_one_for_another_model() -> None:
    def entries(*models: str) -> list[dict[str, object]]:
        whats = ("asked", "completed")
        return [{"what": what, "generation": {"model": one}} for one in models for what in whats]

    assert list(orders_wrong(ROW, entries("gpt-image-2"))) == []
    assert len(list(orders_wrong(ROW, entries("gpt-image-2", "gpt-image-2")))) == 2
    assert len(list(orders_wrong(ROW, entries("gpt-image-1")))) == 2
