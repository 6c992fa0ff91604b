"""What the database has taken, counted by what each kind of write means.

A write is counted when its commit is confirmed, and a refused one is not. So these numbers are
those of the books, as far as this process has written them; only a commit whose answer was lost is
missing.
"""

from collections.abc import Callable, Sequence
from typing import cast

from limner.db.base import Params, Values
from limner.metrics.family import Family
from limner.metrics.tally import Count

MICRO = "in micro-credits"
ABOUT = ("ledger", "task", "model")


class Books:
    def __init__(self) -> None:
        self.accepted = Count("limner_jobs_accepted", "Jobs accepted.", *ABOUT)
        self.ended = Count(
            "limner_jobs_ended",
            "Jobs ended; state is completed or failed, code that of the error.",
            *ABOUT,
            "state",
            "code",
        )
        self.pictures = Count("limner_pictures", "Pictures and recordings delivered.", *ABOUT)
        self.taken_over = Count(
            "limner_jobs_taken_over", "Jobs taken over from processes that died or stopped."
        )
        self.tries = Count(
            "limner_further_tries", "Orders given to a provider after one that failed.", "provider"
        )
        self.held = Count("limner_held_microcredits", f"Set aside for jobs, {MICRO}.", *ABOUT)
        self.charged = Count("limner_charged_microcredits", f"Charged for jobs, {MICRO}.", *ABOUT)
        self.released = Count(
            "limner_released_microcredits", f"Set aside and not charged, {MICRO}.", *ABOUT
        )
        self.lost = Count(
            "limner_lost_microcredits",
            f"What providers may bill and nobody was charged for, {MICRO}.",
            *ABOUT,
        )
        self.refunded = Count(
            "limner_refunded_microcredits", f"Charges given back, {MICRO}.", "ledger"
        )
        self.told = Count(
            "limner_webhook_tries",
            "Tries to tell a webhook: delivered, failed, or given_up for want of a receiver.",
            "result",
        )
        self.switched_off = Count(
            "limner_webhooks_switched_off", "Webhooks that are told no more.", "reason"
        )
        self._heard: dict[str, Callable[[Params], None]] = {
            "admit": self._admitted,
            "admit_keyed": self._admitted,
            "finish": self._finished,
            "finish_filing": self._finished,
            "fail": self._failed,
            "fail_unheld": self._failed_unheld,
            "cancel": self._failed,
            "cancel_unheld": self._failed_unheld,
            "expire": self._released,
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

    @property
    def known(self) -> frozenset[str]:
        """The names of the writes that are counted."""
        return frozenset(self._heard)

    def took(self, write: str, params: Params) -> None:
        """A write of this name was committed."""
        if heard := self._heard.get(write):
            heard(params)

    def _admitted(self, params: Params) -> None:
        self.accepted.add(*about(params))
        self.held.add(*about(params), by=hold(params))
        self.lost.add(*about(params), by=0)

    def _finished(self, params: Params) -> None:
        charged = number(params, "charged")
        self.ended.add(*about(params), "completed", "")
        self.pictures.add(*about(params), by=number(params, "pictures"))
        self.charged.add(*about(params), by=charged)
        self.released.add(*about(params), by=hold(params) - charged)
        self._lost(params, "postings")

    def _failed(self, params: Params) -> None:
        self._failed_unheld(params)
        self._released(params)

    def _failed_unheld(self, params: Params) -> None:
        self.ended.add(*about(params), "failed", word(params, "error_code"))
        self._lost(params, "losses")

    def _released(self, params: Params) -> None:
        self.released.add(*about(params), by=hold(params))

    def _lost(self, params: Params, lines: str) -> None:
        lost = sum(number(one, "amount") for one in listed(params, lines) if one["kind"] == "loss")
        self.lost.add(*about(params), by=lost)

    def _corrected(self, params: Params) -> None:
        if params["kind"] == "refund":
            back = sum(number(one, "amount") for one in listed(params, "lines"))
            self.refunded.add(word(params, "ledger"), by=back)

    def families(self) -> list[Family]:
        return [one.family() for one in vars(self).values() if isinstance(one, Count)]


def about(params: Params) -> tuple[str, str, str]:
    """What a job is about; of a hold whose job is gone only the ledger is known."""
    return word(params, "ledger"), word(params, "task"), word(params, "model")


def word(params: Params, name: str) -> str:
    return str(params.get(name) or "")


def number(params: Params, name: str) -> int:
    return cast(int, params[name])


def hold(params: Params) -> int:
    return number(params, "plan") + number(params, "topup")


def listed(params: Params, name: str) -> Sequence[Values]:
    return cast(Sequence[Values], params.get(name, ()))
