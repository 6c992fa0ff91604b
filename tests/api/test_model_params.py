"""What a model is said to take is what it takes: entries and the gate cannot differ."""

import re
from typing import Any

import httpx
import msgspec
import pytest

from limner.api.wire.models import allowed_params, whole_model
from limner.catalog.load import load
from limner.catalog.model import Model
from limner.errors import InvalidParams
from limner.generation.params import Fitted, fit_params
from limner.generation.tariff import Tariff
from limner.generation.values import Vocabulary

CATALOG = load()
VOCABULARY = Vocabulary.of(CATALOG.models.values())
DRAWING = [one for one in CATALOG.models.values() if one.modality == "image"]
JSON_TYPES: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


def entries(model: Model) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = msgspec.to_builtins(
        whole_model(model, Tariff()).infery.params
    )
    return found


def fitted(model: Model, name: str, value: object, only: str | None = None) -> Fitted:
    own: dict[str, object] = {"prompt": "x", "n": None, "partial_images": None}
    given = {} if name in own else {name: value}
    own |= {name: value} if name in own else {}
    return fit_params(
        model,
        VOCABULARY,
        prompt=own["prompt"],
        n=own["n"],
        partial_images=own["partial_images"],
        streamed=True,
        given=given,
        task="edit" if only == "edit" else "generate",
    )


@pytest.mark.parametrize("model", DRAWING, ids=lambda one: one.slug)
def test_what_an_entry_allows_is_taken_and_what_it_forbids_is_not(model: Model) -> None:
    found = entries(model)
    for name in found.keys() - {"response_format", "store", "stream"}:
        entry = found[name]
        only = entry.get("only")
        assert entry["met"] in ("native", "translated", "emulated")
        for value in good(entry):
            taken = fitted(model, name, value, only)
            dropped = {item.name for item in taken.ignored}
            assert dropped <= {"output_compression"}, "which has no use where png is the default"
        for value in bad(entry):
            with pytest.raises(InvalidParams):
                fitted(model, name, value, only)
        if "default" in entry:
            assert isinstance(entry["default"], JSON_TYPES[entry["type"]])


def good(entry: dict[str, Any]) -> list[object]:
    """Values an entry allows, its limits among them."""
    if "enum" in entry:
        return [*entry["enum"], *entry.get("adjusts", {})]
    if entry["type"] in ("integer", "number"):
        return [entry["minimum"], entry["maximum"]]
    if entry["type"] == "boolean":
        return [True, False]
    return [entry["default"]] if "pattern" in entry else ["x" * entry["maxLength"]]


def bad(entry: dict[str, Any]) -> list[object]:
    """Values an entry forbids."""
    if "enum" in entry or "pattern" in entry:
        return ["no such word", 7]
    if entry["type"] in ("integer", "number"):
        beyond = [] if entry.get("clamped") else [entry["minimum"] - 1, entry["maximum"] + 1]
        return [*beyond, "7", True]
    if entry["type"] == "boolean":
        return ["true", 1]
    return ["x" * (entry["maxLength"] + 1), 7]


@pytest.mark.parametrize("model", DRAWING, ids=lambda one: one.slug)
def test_sizes_clients_know_have_the_form_that_is_told(model: Model) -> None:
    entry = entries(model).get("size")
    assert (entry is None) == (model.sizes is None)
    if entry is None:
        return
    supported: Any = allowed_params(model)["supported_sizes"]
    assert isinstance(supported, tuple)
    for size in supported:
        assert size in entry["enum"] if "enum" in entry else re.search(entry["pattern"], size)


def test_what_else_there_is_to_say_is_said() -> None:
    quality = entries(CATALOG.models["dall-e-3"])["quality"]
    assert (quality["adjusts"]["high"], quality["default"]) == ("hd", "standard")
    noted = [entry for one in DRAWING for entry in entries(one).values() if "note" in entry]
    only = [entry["only"] for one in DRAWING for entry in entries(one).values() if "only" in entry]
    assert noted
    assert set(only) == {"edit", "generate"}


async def test_a_server_tells_what_a_live_key_would_meet(play: httpx.AsyncClient) -> None:
    expected = {
        "sketch-1": "live",
        "gpt-image-2-5-flare": "live",
        "dall-e-3": "live",  # retired, and the operator has a host that serves it
        "dall-e-2": "aliased",
        "gpt-image-1": "retired",
        "flux-2-pro": "test_only",
        "suno-v6": "test_only",
    }
    listed = (await play.get("/v1/models")).json()["data"]
    told = {one["id"]: one["_infery"]["availability"] for one in listed}
    assert {slug: told[slug] for slug in expected} == expected
    for slug in expected:
        whole = (await play.get(f"/v1/models/{slug}")).json()
        assert whole["_infery"]["availability"] == expected[slug]
        assert whole["_infery"]["params"]["prompt"]["type"] == "string"
