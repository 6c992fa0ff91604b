"""Every row of the contract has a test: every method, every rule, every error."""

import importlib
import inspect
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from infery import Infery
from openai import OpenAI
from tests.contract.rows import CURL, ERRORS, INFERY, NPM, OPENAI, RULES
from tests.contract.test_elsewhere import ELSEWHERE

from limner.errors import LimnerError

TABLES = (INFERY, OPENAI, NPM, CURL, RULES, ERRORS)
NAMED = sorted(set(chain.from_iterable(chain.from_iterable(t.values() for t in TABLES))))
MODULES = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py"))


def methods(resource: object, owner: str, before: str = "") -> Iterator[str]:
    """The dotted names of a client's public methods."""
    for name, value in vars(resource).items():
        if name.startswith("_") or not type(value).__module__.startswith(owner):
            continue
        for method, _ in inspect.getmembers(value, inspect.isroutine):
            if not method.startswith("_"):
                yield f"{before}{name}.{method}"
        yield from methods(value, owner, f"{before}{name}.")


def codes(kind: type[LimnerError]) -> set[str]:
    return {kind.code}.union(*(codes(below) for below in kind.__subclasses__()))


def test_no_method_of_the_infery_client_is_left_out() -> None:
    with Infery(api_key="x", base_url="http://127.0.0.1") as client:
        found = set(methods(client, "infery"))
    assert found == INFERY.keys() | ELSEWHERE.keys()


def test_no_method_of_the_openai_clients_that_is_about_pictures_is_left_out() -> None:
    with OpenAI(api_key="x") as client:
        named = {
            f"{name}.{method}"
            for name in ("images", "files", "models")
            for method, _ in inspect.getmembers(getattr(client, name), inspect.ismethod)
            if not method.startswith("_")
        }
    # One asks for another's address under an old name, one is a loop around `retrieve`.
    assert named - {"files.retrieve_content", "files.wait_for_processing"} == OPENAI.keys()


def test_there_are_twelve_rules() -> None:
    assert [name.split(" ")[0] for name in RULES] == [str(number) for number in range(1, 13)]


def test_every_error_that_limner_knows_is_there() -> None:
    assert ERRORS.keys() == codes(LimnerError)


def test_no_row_is_without_a_test() -> None:
    assert [name for table in TABLES for name, tests in table.items() if not tests] == []


def test_every_test_that_is_named_is_there() -> None:
    assert [named for named in NAMED if not inspect.isfunction(function(named))] == []


def function(named: str) -> object:
    module, _, name = named.partition("::")
    found = importlib.import_module(f"tests.{module.replace('/', '.')}")
    return getattr(found, name, None)


def test_every_module_of_the_contract_is_of_use() -> None:
    named = {name.partition("::")[0] for name in NAMED} | {"contract/test_rows"}
    assert {f"contract/{module}" for module in MODULES} <= named
