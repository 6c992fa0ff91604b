"""What creates nothing has a bucket of its own, for each key."""

import pytest
from tests.clocks import Hands

from limner.accounts import polls
from limner.accounts.polls import Polls
from limner.errors import RateLimited


def test_a_key_may_ask_so_often_in_any_minute_and_other_keys_are_counted_apart() -> None:
    clock = Hands()
    bucket = Polls(3, clock=clock)
    for _ in range(3):
        bucket.count("key_1")
        clock.now += 10
    with pytest.raises(RateLimited) as refused:
        bucket.count("key_1")
    assert refused.value.retry_after == 30
    assert refused.value.message.startswith("Rate limit: 3 requests per minute")
    bucket.count("key_2")
    clock.now += 30
    bucket.count("key_1")
    with pytest.raises(RateLimited) as again:
        bucket.count("key_1")
    assert again.value.retry_after == 10


def test_the_status_is_the_settings() -> None:
    bucket = Polls(1, status=429, clock=Hands())
    bucket.count("key_1")
    with pytest.raises(RateLimited) as refused:
        bucket.count("key_1")
    assert refused.value.status == 429


def test_keys_that_fell_silent_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polls, "MOST_KEYS", 3)
    clock = Hands()
    bucket = Polls(1, clock=clock)
    for key in ("a", "b", "c"):
        bucket.count(key)
        clock.now += 25
    bucket.count("d")
    for key in ("b", "c"):
        with pytest.raises(RateLimited):
            bucket.count(key)
    bucket.count("a")
