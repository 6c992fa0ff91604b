"""What edits and upscales cost: what goes in is held for, metered and charged, for every model."""

from decimal import Decimal

import pytest
from tests.providers.given import an_edit, an_upscale, given
from tests.sketch.files import flat

from limner import money
from limner.catalog.load import load
from limner.catalog.model import Model, PerImage, PerMegapixel, Scalar, TokenPrice
from limner.catalog.rates import combinations
from limner.catalog.sizes import Pixels
from limner.errors import InvalidParams
from limner.generation.params import Fitted, fit_params
from limner.generation.pricing import charge, quote
from limner.generation.simulation import metered, simulation
from limner.generation.values import Vocabulary
from limner.providers.base import InputImage, Usage

CATALOG = load()
VOCABULARY = Vocabulary.of(CATALOG.models.values())
EDITING = sorted(one.slug for one in CATALOG.models.values() if one.capabilities.edit)
UPSCALING = sorted(one.slug for one in CATALOG.models.values() if one.modality == "upscale")
IMAGE = given(flat())


def model(slug: str) -> Model:
    found = CATALOG.get(slug)
    assert found is not None
    return found


def fit(
    slug: str, images: tuple[InputImage, ...], params: dict[str, Scalar] | None = None
) -> Fitted:
    return fit_params(
        model(slug),
        VOCABULARY,
        prompt="a kite",
        given=dict(params or {}),
        task="upscale" if slug in UPSCALING else "edit",
        images=images,
    )


@pytest.mark.parametrize("slug", EDITING)
def test_an_edit_is_held_metered_and_charged_soundly(slug: str) -> None:
    edited = model(slug)
    for params in combinations(edited):
        for count in {1, edited.capabilities.max_reference_images}:
            fitted = fit(slug, (IMAGE,) * count, params)
            held = quote(edited, n=1, params=fitted.params, prompt="a kite", input_images=count)
            order = an_edit(*[flat()] * count, prompt="a kite", params=fitted.params)
            cost = charge(edited, held, delivered=1, usage=metered(edited, order, 1))
            assert 0 <= cost.total <= held.total
            assert cost.total > 0 or edited.self_hosted or edited.owner == "limner"


@pytest.mark.parametrize("slug", EDITING)
def test_more_pictures_that_go_in_never_cost_less_and_a_priced_one_costs_more(slug: str) -> None:
    edited = model(slug)
    most = edited.capabilities.max_reference_images
    fitted = fit(slug, (IMAGE,))
    one, many = (
        quote(edited, n=1, params=fitted.params, prompt="a kite", input_images=count).total
        for count in (1, most)
    )
    assert many > one if most > 1 and charges_inputs(edited) else many == one


def charges_inputs(edited: Model) -> bool:
    match edited.price:
        case PerImage() as price:
            return Decimal(price.input_image_usd) > 0
        case PerMegapixel() as price:
            return Decimal(price.input_usd) > 0
        case TokenPrice() as price:
            return Decimal(price.image_in) > 0


def test_what_goes_in_is_a_line_of_the_bill() -> None:
    gpt = model("gpt-image-2")
    held = quote(gpt, n=2, params={"size": "1024x1024", "quality": "low"}, input_images=3)
    line = next(line for line in held.lines if line.what == "gpt-image-2 input pictures")
    assert line.quantity == "2 × 4500 tokens"
    assert line.amount == 2 * money.from_usd(Decimal(4500 * 8) / 1_000_000, 100)
    usage = Usage(text_in=10, image_in=2 * 3 * 1024, image_out=2 * 196)
    cost = charge(gpt, held, delivered=2, usage=usage)
    told = next(line for line in cost.lines if line.what == "gpt-image-2 input pictures")
    assert told.quantity == "6144 tokens"
    assert told.amount < line.amount


def test_an_edit_meets_the_rate_of_edits() -> None:
    grok = model("grok-imagine-image-2-0")
    params = fit("grok-imagine-image-2-0", (IMAGE,)).params
    edit, new = (quote(grok, n=1, params=params, input_images=count) for count in (1, 0))
    assert edit.total > new.total


def chooses(edited: Model) -> bool:
    """Whether the model picks an edit's size; where there are tiers, its tier is always named."""
    sizes = edited.sizes
    return bool(sizes and sizes.listed and sizes.default == "auto" and not sizes.tiers)


@pytest.mark.parametrize("slug", [slug for slug in EDITING if chooses(model(slug))])
def test_a_size_left_open_is_priced_as_the_models_dearest(slug: str) -> None:
    edited = model(slug)
    fitted = fit(slug, (IMAGE,))
    assert edited.sizes is not None
    opened = quote(edited, n=1, params=fitted.params, input_images=1).total
    for size in edited.sizes.listed:
        named = fit(slug, (IMAGE,), {"size": size})
        assert quote(edited, n=1, params=named.params, input_images=1).total <= opened


def test_an_edit_by_sketch_keeps_its_pictures_size_unless_told() -> None:
    assert fit("sketch-1", (IMAGE,)).params["size"] == "auto"
    assert fit("sketch-1", (IMAGE,), {"size": "512x512"}).params["size"] == "512x512"
    assert fit("dall-e-2", (IMAGE,)).params["size"] == "1024x1024"


def test_a_simulated_edit_meters_each_picture_that_goes_in() -> None:
    order = an_edit(flat(), flat(), params={"size": "1024x1024", "quality": "low"})
    usage = simulation(model("gpt-image-1-5"), 0).usage(order, 3)
    assert usage is not None
    assert (usage.image_in, usage.image_out) == (5000 * 2 * 3, 272 * 3)


@pytest.mark.parametrize("slug", UPSCALING)
@pytest.mark.parametrize("scale", [None, 2, 3, 4])
def test_an_upscale_is_as_many_times_larger_as_was_asked(slug: str, scale: int | None) -> None:
    fitted = fit(slug, (IMAGE,), {} if scale is None else {"scale": scale})
    times = scale or 2
    assert (fitted.pixels.width, fitted.pixels.height) == (64 * times, 48 * times)
    assert fitted.params["scale"] == times
    assert "size" not in fitted.params
    held = quote(model(slug), n=1, params=fitted.params, input_images=1)
    usage = metered(model(slug), an_upscale(flat(), times), 1)
    assert charge(model(slug), held, delivered=1, usage=usage) == held


def sized(width: int, height: int) -> InputImage:
    return InputImage("image/png", width, height, 100, "0" * 64, lambda: b"")


@pytest.mark.parametrize(
    ("image", "params", "param"),
    [
        (sized(8193, 10), {}, "scale"),
        (sized(5000, 2600), {}, "scale"),
        (sized(4096, 3072), {"scale": 4}, "scale"),
        (sized(8192, 10), {"output_format": "webp"}, "output_format"),
        (sized(10, 10), {"scale": 5}, "scale"),
        (sized(10, 10), {"scale": 1}, "scale"),
    ],
)
def test_what_would_become_too_large_is_refused_by_name(
    image: InputImage, params: dict[str, Scalar], param: str
) -> None:
    with pytest.raises(InvalidParams) as refused:
        fit("sketch-upscale", (image,), params)
    assert refused.value.param == param


@pytest.mark.parametrize(
    ("image", "params"),
    [
        (sized(8192, 10), {}),
        (sized(4096, 3072), {}),
        (sized(1, 1), {"output_format": "webp"}),
        (sized(1, 4096), {"scale": 4}),
    ],
)
def test_what_just_fits_is_enlarged(image: InputImage, params: dict[str, Scalar]) -> None:
    times = params.get("scale", 2)
    assert fit("sketch-upscale", (image,), params).pixels.width == image.width * int(times)


def test_a_size_is_not_what_an_upscale_is_asked_for() -> None:
    fitted = fit("sketch-upscale", (IMAGE,), {"size": "512x512"})
    assert [(one.name, one.why) for one in fitted.ignored] == [
        ("size", "sketch-upscale enlarges a picture by a scale")
    ]


def test_an_upscale_needs_no_prompt() -> None:
    bare = fit_params(
        model("sketch-upscale"),
        VOCABULARY,
        prompt=None,
        given={},
        task="upscale",
        images=(IMAGE,),
    )
    assert bare.prompt == ""


def test_an_upscale_by_area_costs_what_comes_out_of_it() -> None:
    clarity = model("clarity-upscaler")
    for width, height, scale, megapixels in (
        (512, 512, 2, 1),
        (1024, 1024, 2, 4),
        (1000, 1000, 1.5, 3),
        (1024, 1024, 4, 16),
    ):
        image = sized(width, height)
        fitted = fit("clarity-upscaler", (image,), {"scale": scale})
        held = quote(clarity, n=1, params=fitted.params, input_images=1, coming=fitted.pixels)
        assert held.total == megapixels * 3_000_000
        assert charge(clarity, held, delivered=1, usage=None) == held


def test_an_upscale_whose_picture_is_not_known_is_priced_as_the_dearest() -> None:
    clarity = model("clarity-upscaler")
    assert quote(clarity, n=1, params={}).total == 16 * 3_000_000
    assert quote(clarity, n=1, params={"size": "2048x2048"}).total == 4 * 3_000_000


def test_pictures_that_go_in_cost_their_own_area_where_nobody_tells_a_better_figure() -> None:
    def going_in(slug: str, *given: Pixels) -> int:
        params = {"size": "1024x1024"}
        alone = quote(model(slug), n=1, params=params).total
        return (
            quote(model(slug), n=1, params=params, input_images=len(given), given=given).total
            - alone
        )

    each = 1_200_000
    assert going_in("flux-2-dev-fal", Pixels(1024, 1024)) == each
    assert going_in("flux-2-dev-fal", Pixels(1024, 1025), Pixels(64, 64)) == 3 * each
    assert going_in("flux-2-dev-fal", Pixels(8000, 8000)) == 4 * each
    assert going_in("flux-2-pro", Pixels(64, 64)) == 4 * 1_500_000  # a ceiling: BFL tells the cost
