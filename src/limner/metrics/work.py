"""How long jobs took, and how long they waited for their turn."""

from limner.metrics.family import Family
from limner.metrics.tally import Times

JOB_BOUNDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600)
LINE_BOUNDS = (0.0, 0.1, 0.5, 1, 5, 15, 60, 300)
"""The first is for those whose turn was at once."""


class Work:
    def __init__(self) -> None:
        self.jobs = Times(
            "limner_job_seconds",
            "From the acceptance of a job to its pictures, of jobs that were completed.",
            "ledger",
            "task",
            "model",
            bounds=JOB_BOUNDS,
        )
        self.line = Times(
            "limner_line_wait_seconds",
            "How long jobs waited for their turn.",
            "model",
            bounds=LINE_BOUNDS,
        )

    def families(self) -> list[Family]:
        return [self.jobs.family(), self.line.family()]
