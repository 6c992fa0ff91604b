"""Whatever a file holds, loading it ends with a model or with a fault: never with a crash."""

import tomllib
from collections.abc import Iterator
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from limner.catalog.check import catalog_faults, faults
from limner.catalog.load import PACKAGED
from limner.catalog.misfit import misfit, replaced
from limner.catalog.model import Model
from limner.generation.pricing import price_lines

SOURCES = [
    "alibaba/z-image-turbo",
    "bfl/flux-2-flex",
    "flux/flux-1-dev",
    "google/gemini-3-pro-image",
    "openai/gpt-image-1",
    "openai/gpt-image-2-6-flare",
    "suno/suno-v5",
    "xai/grok-imagine-image-2-0",
]
DOCUMENTS = [
    tomllib.loads((PACKAGED / f"{source}.toml").read_text(encoding="utf-8")) for source in SOURCES
]
WRONG = st.one_of(
    st.sampled_from(
        ["", " ", "auto", "1x1", "0:0", "8K", "1e999", "-1", "1/0", "image", "per_image"]
    ),
    st.sampled_from([0, -1, 1, 2**63, 10**30, 0.0, -0.5, float("nan"), float("inf"), True]),
    st.sampled_from([[], {}, [""], {"": ""}, {"1K": {}}, ["1024x1024", "1024x1024"]]),
)
Way = list[str | int | None]


def ways(value: Any, way: Way) -> Iterator[Way]:
    """The way to each place in a document."""
    inner = dict(enumerate(value)) if isinstance(value, list) else value
    for step, item in inner.items() if isinstance(inner, dict) else ():
        yield [*way, step]
        yield from ways(item, [*way, step])


@st.composite
def broken_documents(draw: st.DrawFn) -> dict[str, Any]:
    document = draw(st.sampled_from(DOCUMENTS))
    for _ in range(draw(st.integers(1, 3))):
        way = draw(st.sampled_from(list(ways(document, []))))
        document = replaced(document, way, draw(WRONG))
    return dict(document)


@given(broken_documents())
def test_a_broken_file_has_faults_with_fields_and_words(document: dict[str, Any]) -> None:
    try:
        model = msgspec.convert(document, Model)
    except msgspec.ValidationError as error:
        found = [misfit(document, error)]
    else:
        found = faults(model) + [fault for _, fault in catalog_faults({model.slug: model})]
    assert all(fault.field and fault.message for fault in found)
    assert not any("?" in fault.field or "`" in fault.message for fault in found)


@given(broken_documents())
def test_a_model_without_faults_can_be_priced_for_every_mix(document: dict[str, Any]) -> None:
    try:
        model = msgspec.convert(document, Model)
    except msgspec.ValidationError:
        return
    if not faults(model):
        assert price_lines(model)["credits"] is not None
