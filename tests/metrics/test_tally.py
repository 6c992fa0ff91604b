"""Counts and times: what a process adds to them is what a scrape tells."""

from hypothesis import given
from hypothesis import strategies as st
from tests.metrics.scrapes import scrape_of

from limner.metrics.family import gauge, merged, written
from limner.metrics.tally import Count, Times

BOUNDS = (0.1, 1, 10)
seconds = st.floats(min_value=0, max_value=100)


def told(*families: object) -> str:
    return written(families, "")[0].decode()  # type: ignore[arg-type]  # families


def test_a_count_has_a_number_for_each_set_of_labels() -> None:
    count = Count("birds", "Birds.", "colour", "size")
    count.add("red", "small")
    count.add("red", "small", by=4)
    count.add("blue", "small", by=0)
    scrape = scrape_of(told(count.family()))
    assert scrape.sum("birds_total", colour="red", size="small") == 5
    assert scrape.sum("birds_total", colour="blue") == 0
    assert len(list(scrape.samples)) == 2


def test_amounts_stay_whole_up_to_nine_billion_credits() -> None:
    count = Count("money", "Money.")
    count.add(by=9_000_000_000_000_000)
    count.add(by=1)
    assert scrape_of(told(count.family())).sum("money_total") == 9_000_000_000_000_001


def test_a_time_counts_in_every_bound_it_does_not_exceed() -> None:
    times = Times("wait", "Waits.", "kind", bounds=BOUNDS)
    for second in (0.05, 0.1, 0.11, 10, 10.5):
        times.saw(second, "tea")
    scrape = scrape_of(told(times.family()))
    found = {bound: scrape.sum("wait_bucket", le=bound) for bound in ("0.1", "1", "10", "+Inf")}
    assert found == {"0.1": 2, "1": 3, "10": 4, "+Inf": 5}
    assert scrape.sum("wait_count", kind="tea") == 5
    assert scrape.sum("wait_sum") == 0.05 + 0.1 + 0.11 + 10 + 10.5


@given(st.lists(seconds, max_size=50))
def test_buckets_agree_with_counting_by_hand(seen: list[float]) -> None:
    times = Times("wait", "Waits.", bounds=BOUNDS)
    for second in seen:
        times.saw(second)
    scrape = scrape_of(told(times.family()))
    for bound in BOUNDS:
        assert scrape.sum("wait_bucket", le=f"{bound:g}") == sum(one <= bound for one in seen)
    assert scrape.sum("wait_count") == len(seen)


def test_words_of_labels_cannot_break_out_of_the_text() -> None:
    count = Count("birds", "Birds\nand more.", "name")
    count.add('a"b\\c\nd} 7')
    scrape = scrape_of(told(count.family()))
    assert [one.labels for one in scrape.samples] == [{"name": 'a"b\\c\nd} 7'}]


def test_the_same_name_from_two_processes_is_told_once() -> None:
    one = gauge("room", "Room.", ({"worker": "0"}, 3))
    two = gauge("room", "Room.", ({"worker": "1"}, 4))
    scrape = scrape_of(told(*merged([one, two])))
    assert scrape.sum("room") == 7
    assert scrape.text.count("# TYPE room gauge") == 1


def test_openmetrics_is_written_where_it_is_asked_for() -> None:
    count = Count("birds", "Birds.")
    count.add(by=2)
    accept = "application/openmetrics-text; version=1.0.0, text/plain; q=0.5"
    text, content_type = written([count.family()], accept)
    assert content_type.startswith("application/openmetrics-text; version=1.0.0")
    assert text.decode().splitlines() == [
        "# HELP birds Birds.",
        "# TYPE birds counter",
        "birds_total 2.0",
        "# EOF",
    ]
