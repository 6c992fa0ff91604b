"""The search for floats finds each of the ways a float could come into money."""

from pathlib import Path

import pytest
from tests.experiments.e06 import floats_of, floats_of_sql


@pytest.mark.parametrize(
    "code",
    [
        "def half(amount):\n    return amount / 2",
        "def half(amount):\n    return int(amount * 0.5)",
        "def half(amount):\n    amount /= 2\n    return amount",
        "async def half(amount):\n    return float(amount)",
    ],
)
def test_code_that_makes_a_float_is_found(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.experiments.e06.ROOT", tmp_path)
    (tmp_path / "bad.py").write_text(code)
    assert [place.function for place in floats_of(tmp_path / "bad.py")] == ["half"]


def test_code_that_counts_in_integers_is_not(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("def half(amount):\n    return amount // 2")
    assert not list(floats_of(tmp_path / "good.py"))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT AVG(amount) FROM posting",
        "SELECT CAST(amount AS REAL) FROM posting",
        "SELECT amount::double precision FROM posting",
        "UPDATE wallet SET topup = topup * 0.5",
        "CREATE TABLE wallet (topup NUMERIC)",
        "ALTER TABLE wallet ADD COLUMN topup DOUBLE PRECISION",
    ],
)
@pytest.mark.parametrize("form", ["QUERY = {!r}", "QUERY = f'{{SOURCE}} ' + {!r}", "f'{{X}}' {!r}"])
def test_sql_that_makes_a_float_is_found(sql: str, form: str, tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(form.format(sql))
    assert any("bad.py:1 makes a float" in line for line in floats_of_sql(tmp_path / "bad.py"))


def test_sql_that_counts_in_integers_is_not(tmp_path: Path) -> None:
    sql = "SELECT SUM(amount), CAST(:at AS BIGINT) / 86400000000 FROM posting"
    (tmp_path / "good.py").write_text(f"QUERY = {sql!r}")
    assert not list(floats_of_sql(tmp_path / "good.py"))
