"""Previews are ordered where they can be shown and seen; elsewhere they are left out by name."""

import pytest
from tests.generation.test_params import VOCABULARY, model

from limner.errors import InvalidParams
from limner.generation.params import Fitted, fit_params


def fit(
    slug: str, wanted: object, *, n: int = 1, streamed: bool = True, strict: bool = False
) -> Fitted:
    return fit_params(
        model(slug),
        VOCABULARY,
        prompt="a lantern",
        n=n,
        given={},
        partial_images=wanted,
        streamed=streamed,
        strict=strict,
    )


@pytest.mark.parametrize("n", [1, 4])
def test_a_stream_shows_previews_of_each_picture(n: int) -> None:
    fitted = fit("gpt-image-2", 3, n=n)
    assert (fitted.previews, fitted.ignored) == (3, ())


@pytest.mark.parametrize("wanted", [None, 0])
def test_none_are_wanted_and_none_are_missed(wanted: object) -> None:
    fitted = fit("dall-e-3", wanted, streamed=False, strict=True)
    assert (fitted.previews, fitted.ignored) == (0, ())


@pytest.mark.parametrize(
    ("slug", "streamed", "why"),
    [
        ("gpt-image-2", False, "in a stream only"),
        ("dall-e-3", True, "dall-e-3 shows no previews"),
    ],
)
def test_what_nobody_would_see_is_not_ordered(slug: str, streamed: bool, why: str) -> None:
    fitted = fit(slug, 2, streamed=streamed)
    (ignored,) = fitted.ignored
    assert (fitted.previews, ignored.name) == (0, "partial_images")
    assert why in ignored.why
    with pytest.raises(InvalidParams, match="partial_images would be ignored"):
        fit(slug, 2, streamed=streamed, strict=True)


@pytest.mark.parametrize("wanted", [-1, 4, True, "2", 1.0, [1]])
def test_a_wrong_number_is_refused_even_where_it_would_be_ignored(wanted: object) -> None:
    for slug in ("gpt-image-2", "dall-e-3"):
        with pytest.raises(InvalidParams, match="from 0 to 3") as refused:
            fit(slug, wanted, streamed=False)
        assert refused.value.param == "partial_images"
