"""Which places are asked: the order among them, those that fail, those that are full."""

from collections import Counter
from collections.abc import AsyncGenerator
from random import Random

import pytest
from structlog.testing import capture_logs
from tests.clocks import Hands

from limner.errors import ServiceUnavailable
from limner.generation.arranging import arranged
from limner.generation.attempts import NotAsked, Place, Rank
from limner.generation.breaker import IN_A_ROW, OPEN_S
from limner.generation.routes import Routes
from limner.providers.base import (
    Generated,
    ImageProvider,
    Order,
    Outcome,
    ProviderError,
    ProviderEvent,
    Reason,
)


class Nobody:
    def __init__(self, *, repeatable: bool = False) -> None:
        self.repeatable = repeatable

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        yield Generated(())

    async def check(self) -> str:
        return ""

    async def aclose(self) -> None:
        return None


def place(name: str, rank: Rank | None = None, provider: ImageProvider | None = None) -> Place:
    return Place(name, "model", provider or Nobody(), 60.0, rank=rank or Rank())


def names(places: tuple[Place, ...]) -> str:
    return "".join(one.provider_name for one in places)


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def routes(clock: Hands) -> Routes:
    return Routes(clock)


def fails(
    routes: Routes,
    at: Place,
    times: int = 1,
    reason: Reason = "provider_error",
    outcome: Outcome = "ran",
    retry_after: float | None = None,
) -> None:
    for _ in range(times):
        with pytest.raises(ProviderError), routes.asking(at):
            raise ProviderError(
                "no", outcome=outcome, reason=reason, retry_after=retry_after, detail="HTTP 500"
            )


def test_a_lower_priority_is_asked_first_and_equals_keep_their_order() -> None:
    places = [place("a", Rank(5)), place("b"), place("c"), place("d", Rank(1))]
    assert names(arranged(places, Random(1))) == "bcda"


def test_weights_say_how_often_each_comes_first() -> None:
    places = [place("a", Rank(weight=3)), place("b", Rank(weight=1)), place("c", Rank(weight=0))]
    chance = Random(7)
    first = Counter(names(arranged(places, chance))[0] for _ in range(4000))
    assert first.keys() == {"a", "b"}
    assert 0.72 < first["a"] / 4000 < 0.78
    assert {len(arranged(places, chance)) for _ in range(10)} == {3}


def test_one_that_fails_again_and_again_is_left_out_until_it_is_tried_again(
    routes: Routes, clock: Hands
) -> None:
    places = (place("a"), place("b"))
    fails(routes, places[0], IN_A_ROW)
    assert names(routes.open_ones(places)) == "b"
    clock.now += OPEN_S
    assert names(routes.open_ones(places)) == "ab"
    with routes.asking(places[0]):
        assert names(routes.open_ones(places)) == "b"  # one probe at a time
    assert names(routes.open_ones(places)) == "ab"


def test_when_none_may_be_asked_the_request_is_refused_before_anything_is_held(
    routes: Routes,
) -> None:
    places = (place("a"), place("b"))
    for one in places:
        fails(routes, one, IN_A_ROW)
    with pytest.raises(ServiceUnavailable) as refused:
        routes.open_ones(places)
    assert refused.value.retryable
    assert refused.value.retry_after == OPEN_S
    assert "nothing was charged" in refused.value.message


@pytest.mark.parametrize("reason", ["content_policy_violation", "bad_parameter"])
def test_what_callers_ask_for_does_not_make_a_place_a_bad_one(
    routes: Routes, reason: Reason
) -> None:
    one = place("a")
    fails(routes, one, 50, reason)
    assert routes.of(one).breaker.state == "closed"
    assert routes.of(one).trouble is None


def test_another_model_of_the_same_provider_is_another_place(routes: Routes) -> None:
    fails(routes, place("a"), IN_A_ROW)
    other = Place("a", "other", Nobody(), 60.0)
    assert routes.open_ones([other]) == (other,)


def test_a_provider_that_is_full_is_passed_over_for_all_its_models(routes: Routes) -> None:
    full = place("a", Rank(most_at_once=1))
    other_model = Place("a", "other", Nobody(), 60.0, rank=Rank(most_at_once=1))
    with routes.asking(full):
        assert names(routes.open_ones([other_model, place("b")])) == "b"
        with pytest.raises(ProviderError) as caught, routes.asking(other_model):
            pass
        assert (caught.value.outcome, caught.value.reason) == ("known_not_run", "capacity")
    with routes.asking(other_model):
        assert routes.of(other_model).running == 1


def test_an_order_that_is_cut_off_tells_nothing_until_it_is_known_why(routes: Routes) -> None:
    one = place("a")
    for _ in range(IN_A_ROW):
        with pytest.raises(KeyboardInterrupt), routes.asking(one):
            raise KeyboardInterrupt
        routes.out_of_time(one)
    assert routes.of(one).breaker.state == "open"
    assert routes.of(one).running == 0


def test_a_place_that_says_when_it_has_room_is_left_alone_until_then_and_no_longer(
    routes: Routes, clock: Hands
) -> None:
    places = (place("a"), place("b"))
    for _ in range(2 * IN_A_ROW):
        fails(routes, places[0], reason="capacity", outcome="known_not_run", retry_after=2.0)
        assert names(routes.open_ones(places)) == "b"
        with pytest.raises(NotAsked) as caught, routes.asking(places[0]):
            pass
        assert caught.value.retry_after == 2.0
        clock.now += 2.0
        assert names(routes.open_ones(places)) == "ab"
    assert routes.of(places[0]).breaker.state == "closed"


@pytest.mark.parametrize("retry_after", [None, 0.0])
def test_a_place_that_does_not_say_when_it_has_room_fails(
    routes: Routes, retry_after: float | None
) -> None:
    one = place("a")
    fails(routes, one, IN_A_ROW, "capacity", "known_not_run", retry_after)
    assert routes.of(one).breaker.state == "open"


def test_while_all_rest_requests_are_sent_away_for_the_shortest_of_the_rests(
    routes: Routes,
) -> None:
    places = (place("a"), place("b"))
    for one, rest_s in zip(places, (20.0, 3.2), strict=True):
        fails(routes, one, 1, "capacity", "known_not_run", rest_s)
    with pytest.raises(ServiceUnavailable) as refused:
        routes.open_ones(places)
    assert refused.value.retryable
    assert refused.value.retry_after == 4
    assert "no room" in refused.value.message


def test_nobody_waits_for_a_place_that_rests_and_fails_too(routes: Routes) -> None:
    one = place("a")
    fails(routes, one, 1, "capacity", "known_not_run", 2.0)
    for _ in range(IN_A_ROW):
        routes.out_of_time(one)
    with pytest.raises(NotAsked) as caught, routes.asking(one):
        pass
    assert caught.value.retry_after is None


def test_without_breakers_a_place_is_asked_whatever_it_says(clock: Hands) -> None:
    routes, one = Routes(clock, breakers=False), place("a")
    fails(routes, one, 2 * IN_A_ROW, "capacity", "known_not_run", 20.0)
    fails(routes, one, 2 * IN_A_ROW)
    assert routes.open_ones([one]) == (one,)
    with routes.asking(one):
        assert routes.of(one).running == 1
    for _ in range(20):
        with routes.asking(one, first=False):
            assert routes.tries_left


def test_in_house_places_are_not_watched(routes: Routes) -> None:
    own = place("sketch", provider=Nobody(repeatable=True))
    fails(routes, own, 50)
    routes.out_of_time(own)
    assert routes.open_ones([own]) == (own,)
    assert routes.known == {}


def test_the_last_trouble_is_remembered_and_an_account_in_trouble_until_it_is_well(
    routes: Routes,
) -> None:
    one = place("a")
    fails(routes, one, reason="provider_account", outcome="known_not_run")
    route = routes.of(one)
    assert route.account_in_trouble
    assert route.trouble is not None
    assert (route.trouble.reason, route.trouble.detail) == ("provider_account", "HTTP 500")
    assert route.trouble.words.startswith("a ")
    assert "account" in route.trouble.words
    with routes.asking(one):
        pass
    assert not route.account_in_trouble
    assert (route.succeeded, route.failed) == (1, 1)


def test_an_account_in_trouble_is_logged_once_until_it_is_well(routes: Routes) -> None:
    one = place("a")
    with capture_logs() as logged:
        fails(routes, one, 3, "provider_account", "known_not_run")
        with routes.asking(one):
            pass
        fails(routes, one, 1, "provider_account", "known_not_run")
    assert [entry["event"] for entry in logged] == ["provider_account_in_trouble"] * 2
    assert logged[0]["words"].startswith("a ")


def test_of_other_trouble_the_words_are_those_of_the_failure(routes: Routes) -> None:
    one = place("a")
    fails(routes, one)
    trouble = routes.of(one).trouble
    assert trouble is not None
    assert trouble.words == "no"
    routes.out_of_time(one)
    trouble = routes.of(one).trouble
    assert trouble is not None
    assert trouble.words == "a did not answer in time"
