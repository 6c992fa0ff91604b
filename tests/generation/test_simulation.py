"""A simulation takes the time and the tokens of the model it stands in for."""

from tests.generation.studios import CATALOG
from tests.providers.orders import an_order

from limner.generation.pricing import charge, quote
from limner.generation.simulation import metered, simulation

METERED = CATALOG.models["gpt-image-2"]
FIXED = CATALOG.models["grok-imagine-image"]


def test_it_takes_a_share_of_the_real_time() -> None:
    assert simulation(METERED, 0.1).seconds == METERED.typical_seconds * 0.1
    assert simulation(METERED, 0.0).seconds == 0


def test_it_knows_what_the_model_answers() -> None:
    assert simulation(CATALOG.models["dall-e-3"], 1).revises_prompts
    assert not simulation(CATALOG.models["dall-e-2"], 1).revises_prompts
    assert simulation(CATALOG.models["sketch-1"], 1).takes_seed
    assert not simulation(METERED, 1).takes_seed


def test_a_model_with_a_fixed_price_meters_nothing() -> None:
    assert metered(FIXED, an_order(), 1) is None


def test_every_model_priced_by_tokens_is_charged_within_what_was_held() -> None:
    for model in CATALOG.models.values():
        order = an_order(prompt="a paper lantern", params={"size": "1024x1024"})
        usage = metered(model, order, 2)
        if usage is None:
            continue
        held = quote(model, n=2, params=order.params, prompt=order.prompt)
        charged = charge(model, held, delivered=2, usage=usage)
        assert 0 < charged.total <= held.total, model.slug


def test_more_pictures_and_previews_are_more_tokens() -> None:
    order = an_order(params={"size": "1024x1024"})
    one, two = metered(METERED, order, 1), metered(METERED, order, 2)
    previewed = metered(METERED, an_order(params=order.params, partial_images=3), 1)
    assert one is not None
    assert two is not None
    assert previewed is not None
    assert two.image_out == 2 * one.image_out
    assert previewed.image_out > one.image_out
