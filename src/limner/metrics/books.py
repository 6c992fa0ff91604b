"""What the database has taken, counted by what each kind of write means.

A write is counted when its commit is confirmed, and a refused one is not. So these numbers are
those of the books, as far as this process has written them; only a commit whose answer was lost is
missing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

import msgspec

from limner.db.base import Params, Values
from limner.metrics.family import Family
from limner.metrics.tally import Count, labelled

About: TypeAlias = tuple[str, str, str]
ABOUT = ("ledger", "task", "model")
COMPLETED = {"state": "completed", "code": ""}
SUMS = {
    "accepted": ("limner_jobs_accepted", "Jobs accepted."),
    "pictures": ("limner_pictures", "Pictures and recordings delivered."),
    "held": ("limner_held_microcredits", "Set aside for jobs, in micro-credits."),
    "charged": ("limner_charged_microcredits", "Charged for jobs, in micro-credits."),
    "released": ("limner_released_microcredits", "Set aside and not charged, in micro-credits."),
    "lost": (
        "limner_lost_microcredits",
        "What providers may bill and nobody was charged for, in micro-credits.",
    ),
}


@dataclass(slots=True)
class Sums:
    """Of jobs that are about the same; amounts are micro-credits."""

    accepted: int = 0
    completed: int = 0
    pictures: int = 0
    held: int = 0
    charged: int = 0
    released: int = 0
    lost: int = 0


class Books:
    def __init__(self) -> None:
        self.sums: dict[About, Sums] = {}
        self.failed = Count(
            "limner_jobs_ended",
            "Jobs ended; state is completed or failed, code that of the error.",
            *ABOUT,
            "state",
            "code",
        )
        self.taken_over = Count(
            "limner_jobs_taken_over", "Jobs taken over from processes that died or stopped."
        )
        self.tries = Count(
            "limner_further_tries", "Orders given to a provider after one that failed.", "provider"
        )
        self.refunded = Count(
            "limner_refunded_microcredits", "Charges given back, in micro-credits.", "ledger"
        )
        self.told = Count(
            "limner_webhook_tries",
            "Tries to tell a webhook: delivered, failed, or given_up for want of a receiver.",
            "result",
        )
        self.switched_off = Count(
            "limner_webhooks_switched_off", "Webhooks that are told no more.", "reason"
        )
        self._rare = (self.taken_over, self.tries, self.refunded, self.told, self.switched_off)
        self.heard: Mapping[str, Callable[[Params], None]] = {
            "admit": self._admitted,
            "admit_keyed": self._admitted,
            "finish": self._finished,
            "finish_filing": self._finished,
            "fail": self._failed,
            "fail_unheld": self._failed_unheld,
            "cancel": self._failed,
            "cancel_unheld": self._failed_unheld,
            "expire": self._expired,
            "correct": self._corrected,
            "next_try": lambda params: self.tries.add(word(params, "provider")),
            "claim": lambda params: self.taken_over.add(),
            "claim_task": lambda params: self.taken_over.add(),
            "delivered": lambda params: self.told.add("delivered"),
            "not_delivered": lambda params: self.told.add("failed"),
            "given_up": lambda params: self.told.add("given_up"),
            "switch_off_webhook": lambda params: self.switched_off.add(word(params, "state")),
        }
        self._begin()

    def _begin(self) -> None:
        """What is rare is there from the start as 0, so that the first time shows as a rise."""
        self.taken_over.add(by=0)
        for result in ("delivered", "failed", "given_up"):
            self.told.add(result, by=0)
        for reason in ("failing", "gone"):
            self.switched_off.add(reason, by=0)
        for ledger in ("live", "test"):
            self.refunded.add(ledger, by=0)

    def _admitted(self, params: Params) -> None:
        sums, own = self._of(params), amounts(params)
        sums.accepted += 1
        sums.held += own["plan"] + own["topup"]

    def _finished(self, params: Params) -> None:
        sums, own = self._of(params), amounts(params)
        sums.completed += 1
        sums.charged += own["charged"]
        sums.released += own["plan"] + own["topup"] - own["charged"]
        sums.pictures += own["pictures"]
        sums.lost += lost(params, "postings")

    def _failed(self, params: Params) -> None:
        self._failed_unheld(params)
        self._expired(params)

    def _failed_unheld(self, params: Params) -> None:
        self._of(params).lost += lost(params, "losses")
        self.failed.add(*about(params), "failed", word(params, "error_code"))

    def _expired(self, params: Params) -> None:
        own = amounts(params)
        self._of(params).released += own["plan"] + own["topup"]

    def _corrected(self, params: Params) -> None:
        if params["kind"] == "refund":
            back = sum(amounts(line)["amount"] for line in listed(params, "lines"))
            self.refunded.add(word(params, "ledger"), by=back)

    def _of(self, params: Params) -> Sums:
        names = about(params)
        sums = self.sums.get(names)
        if sums is None:
            sums = self.sums[names] = Sums()
        return sums

    def families(self) -> list[Family]:
        return [
            self._ended(),
            *(one.family() for one in self._rare),
            *(self._summed(field, *words) for field, words in SUMS.items()),
        ]

    def _ended(self) -> Family:
        completed = [
            (f"{self.failed.name}_total", labelled(ABOUT, names) | COMPLETED, float(sums.completed))
            for names, sums in self.sums.items()
        ]
        failed = self.failed.family()
        return msgspec.structs.replace(failed, samples=[*completed, *failed.samples])

    def _summed(self, field: str, name: str, about: str) -> Family:
        samples = [
            (f"{name}_total", labelled(ABOUT, names), float(getattr(sums, field)))
            for names, sums in self.sums.items()
        ]
        return Family(name, "counter", about, samples)


def about(params: Params) -> About:
    """What a job is about; of a hold whose job is gone only the ledger is known."""
    get = cast(Mapping[str, str], params).get
    return get("ledger", ""), get("task", ""), get("model", "")


def word(params: Params, name: str) -> str:
    return str(params[name])


def amounts(params: Params | Values) -> Mapping[str, int]:
    """The numbers among the values of a write."""
    return cast(Mapping[str, int], params)


def lost(params: Params, lines: str) -> int:
    """What of some lines is a loss; a write without them has none."""
    amount = 0
    for line in listed(params, lines):
        if line["kind"] == "loss":
            amount += amounts(line)["amount"]
    return amount


def listed(params: Params, name: str) -> Sequence[Values]:
    return cast(Sequence[Values], params.get(name, ()))
