"""The JSON of a workspace's credits."""

import msgspec

from limner import money
from limner.ledger.wallet import LedgerName, Wallet


class SourceBody(msgspec.Struct, frozen=True):
    balance: float
    held: float


class CreditsBody(msgspec.Struct, frozen=True):
    """`available` is `balance` less `held`; `mode` says whether these are play credits."""

    object: str
    mode: str
    currency: str
    balance: float
    held: float
    available: float
    plan: SourceBody
    topup: SourceBody
    credits_per_usd: int


def credits_body(wallet: Wallet, ledger: LedgerName, credits_per_usd: int) -> CreditsBody:
    return CreditsBody(
        object="credits",
        mode=ledger,
        currency="credits",
        balance=money.wire(wallet.balance),
        held=money.wire(wallet.held),
        available=money.wire(wallet.free.total),
        plan=SourceBody(money.wire(wallet.plan), money.wire(wallet.plan_held)),
        topup=SourceBody(money.wire(wallet.topup), money.wire(wallet.topup_held)),
        credits_per_usd=credits_per_usd,
    )
