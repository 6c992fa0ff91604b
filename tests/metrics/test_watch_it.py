"""The page about watching and its alerts speak of numbers that there are, in words that parse."""

import re
from collections.abc import Iterator
from typing import Any, get_args

import promql_parser
import pytest
import yaml
from prometheus_client.samples import Sample
from tests.metrics.conftest import House
from tests.metrics.scrapes import Scrape
from tests.pages import DOCS, ROOT, table
from tests.standins.faults import fault

from limner.api.wire.provider_health import ProviderState
from limner.errors import LimnerError

PAGE = DOCS / "how-to" / "watch-it.md"
ALERTS = DOCS / "how-to" / "limner-alerts.yml"
RULES: list[dict[str, Any]] = yaml.safe_load(ALERTS.read_text("utf-8"))["groups"][0]["rules"]
QUESTION = re.compile(r"^\| [A-Z].* \| `(.+)` \|$", re.MULTILINE)
QUESTIONS = QUESTION.findall(PAGE.read_text("utf-8"))
HISTOGRAM = ("_bucket", "_count", "_sum")
SCRAPER = {"job", "instance"}
"""Labels that Prometheus adds."""
VALUES = {
    "state": {"completed", "failed", *get_args(ProviderState)},
    "ledger": {"live", "test"},
    "outcome": {"ok", "ran", "known_not_run", "unknown"},
    "result": {"done", "refused", "away", "full", "broken_off"},
    "reason": {"cut_off"},
    "job": {"limner"},
}
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])


def codes(kind: type[LimnerError] = LimnerError) -> Iterator[str]:
    for one in kind.__subclasses__():
        yield one.code
        yield from codes(one)


@pytest.fixture
async def told(house: House) -> Scrape:
    """A scrape in which everything has happened that the page speaks of."""
    house.standin.script(fault("429_retry_after"))
    await house.draws()
    house.standin.script(fault("500"))
    await house.draws()
    return await house.scrape()


def base(name: str) -> str:
    for suffix in HISTOGRAM:
        name = name.removesuffix(suffix)
    return name


def by_name(told: Scrape) -> dict[str, list[Sample]]:
    """The numbers of each name, those of histograms under the name they share."""
    found: dict[str, list[Sample]] = {}
    for family in told.families.values():
        for sample in family.samples:
            name = base(sample.name) if family.type == "histogram" else sample.name
            found.setdefault(name, []).append(sample)
    return found


def listed() -> dict[str, set[str]]:
    """Each name of the page's table with its labels."""
    rows = [row for row in table(PAGE) if row[0].startswith("`limner_")]
    return {row[0].strip("`"): {one for one in row[1].split(", ") if one} for row in rows}


async def test_every_number_is_on_the_page_with_its_labels(told: Scrape) -> None:
    lanes = {"limner_lane_drawing", "limner_lane_waiting"}  # nobody draws by now
    found = {
        name: {label for one in samples for label in one.labels} - {"worker", "le"}
        for name, samples in by_name(told).items()
        if name.startswith("limner_")
    }
    assert found == {name: labels for name, labels in listed().items() if name not in lanes}
    assert all(f"# TYPE {name} gauge" in told.text for name in lanes)


def selectors(expression: object) -> Iterator[promql_parser.VectorSelector]:
    """Every selection of numbers in an expression."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression
    elif isinstance(expression, promql_parser.MatrixSelector):
        yield expression.vector_selector
    elif isinstance(expression, promql_parser.BinaryExpr):
        yield from selectors(expression.lhs)
        yield from selectors(expression.rhs)
    elif isinstance(expression, promql_parser.Call):
        for argument in expression.args:
            yield from selectors(argument)
    elif isinstance(expression, promql_parser.AggregateExpr | promql_parser.ParenExpr):
        yield from selectors(expression.expr)
    else:
        assert isinstance(expression, promql_parser.NumberLiteral)


@pytest.mark.parametrize("text", [*(rule["expr"] for rule in RULES), *QUESTIONS])
async def test_every_expression_asks_for_numbers_and_labels_that_there_are(text: str) -> None:
    known, other = listed(), {"up", "process_open_fds", "process_max_fds"}
    found = list(selectors(promql_parser.parse(text)))
    assert found
    for one in found:
        assert one.name is not None
        assert one.name in other or base(one.name) in known, one.name
        for matcher in one.matchers.matchers:
            labels = known.get(base(one.name), set()) | SCRAPER
            assert matcher.name in labels, (one.name, matcher.name)
            allowed = VALUES | {"code": set(codes())}
            if matcher.name in allowed:
                assert set(matcher.value.split("|")) <= allowed[matcher.name]


@each_rule
def test_an_alert_has_a_severity_a_summary_and_a_line_on_the_page(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["summary"]
    assert any(row[0] == f"`{rule['alert']}`" for row in table(PAGE))
    assert 'job="limner"' in rule["expr"]
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}


@each_rule
def test_what_a_summary_names_the_expression_leaves(rule: dict[str, Any]) -> None:
    named = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    kept = re.findall(r"by \(([^)]+)\)", rule["expr"])
    by = set(re.split(r",\s*", kept[0])) if kept else None
    if by is None and rule["expr"].startswith("sum("):
        by = set()
    assert named <= (by if by is not None else SCRAPER | {"worker"})


def test_the_page_has_an_alert_for_each_of_its_lines() -> None:
    alerts = {row[0].strip("`") for row in table(PAGE) if row[0].startswith("`Limner")}
    assert alerts == {rule["alert"] for rule in RULES}
    assert len(QUESTIONS) > 5
    assert f"({ALERTS.name})" in PAGE.read_text("utf-8")
    assert ALERTS.is_relative_to(ROOT)
