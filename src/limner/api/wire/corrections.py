"""The JSON of refunds and corrections, as administrators make them."""

from typing import Annotated

import msgspec

from limner import money
from limner.api.wire.credits import amount_of
from limner.ledger.corrections import Corrected

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Note = Annotated[str, msgspec.Meta(max_length=500)]
Above0 = Annotated[float, msgspec.Meta(gt=0)]


class NewRefund(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What of a job's charge is given back; without `credits` all that was not given back yet.

    `operation` names the move, so that saying it again changes nothing.
    """

    job_id: Name
    credits: Above0 | None = None
    operation: Name | None = None
    note: Note | None = None

    def amount(self) -> int | None:
        """Micro-credits. Raises InvalidParams."""
        return None if self.credits is None else amount_of(self.credits)


class NewCorrection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What of a gift is taken back; without `credits` all that was not taken back yet.

    `corrects` is the operation that gave it, as `list_postings` has it or as it was named then.
    """

    corrects: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    credits: Above0 | None = None
    operation: Name | None = None
    note: Note | None = None

    def amount(self) -> int | None:
        """Micro-credits. Raises InvalidParams."""
        return None if self.credits is None else amount_of(self.credits)


class RefundBody(msgspec.Struct, frozen=True, kw_only=True):
    """`credits` went back now, `refunded` in all, of the `charged` that the job cost."""

    object: str
    operation: str
    job_id: str
    credits: float
    charged: float
    refunded: float


class CorrectionBody(msgspec.Struct, frozen=True, kw_only=True):
    """`credits` were taken back now, `corrected` in all, of the `given`."""

    object: str
    operation: str
    corrects: str
    credits: float
    given: float
    corrected: float


def refund_body(job_id: str, done: Corrected) -> RefundBody:
    return RefundBody(
        object="refund",
        operation=done.operation,
        job_id=job_id,
        credits=money.wire(done.moved),
        charged=money.wire(done.amount),
        refunded=money.wire(done.back),
    )


def correction_body(corrects: str, done: Corrected) -> CorrectionBody:
    return CorrectionBody(
        object="correction",
        operation=done.operation,
        corrects=corrects,
        credits=money.wire(done.moved),
        given=money.wire(done.amount),
        corrected=money.wire(done.back),
    )
