"""What callers asked for over HTTP, and what they got."""

import time

from limner.metrics.family import Family
from limner.metrics.tally import Count, Times

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
OTHER = "other"
GONE = "gone"
"""In place of a status: the caller hung up before there was one."""
BOUNDS = (0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class Requests:
    """A route is its path as declared, `other` where there is none: paths are callers' words."""

    def __init__(self) -> None:
        self.answered = Count(
            "limner_http_requests",
            "Requests answered; code is that of the error, empty for none.",
            "method",
            "route",
            "status",
            "code",
        )
        self.seconds = Times(
            "limner_http_request_seconds",
            "From the head of a request to the last byte of its answer.",
            "method",
            "route",
            bounds=BOUNDS,
        )
        self.bytes = Count(
            "limner_http_response_bytes", "Bytes of answers, without their heads.", "route"
        )
        self.clock = time.perf_counter

    def ended(
        self, method: str, route: str, status: int | None, code: str, sent: int, began: float
    ) -> None:
        method = method if method in METHODS else OTHER
        self.answered.add(method, route, GONE if status is None else str(status), code)
        self.seconds.saw(self.clock() - began, method, route)
        if method != "HEAD":
            self.bytes.add(route, by=sent)

    def families(self) -> list[Family]:
        return [one.family() for one in (self.answered, self.seconds, self.bytes)]
