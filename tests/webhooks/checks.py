"""Signatures, checked by the library of Standard Webhooks and by plain HMAC."""

import hmac

from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError
from tests.standins.messages import Request


def signed(request: Request, secret: str) -> bool:
    """Whether a secret signed a request, in both ways or in none."""
    standard, infery = signed_standard(request, secret), signed_infery(request, secret)
    assert standard == infery
    return standard


def signed_standard(request: Request, secret: str) -> bool:
    try:
        Webhook(secret).verify(request.body, request.headers)
    except WebhookVerificationError:
        return False
    return True


def signed_infery(request: Request, secret: str) -> bool:
    mine = hmac.digest(secret.encode(), request.body, "sha256").hex()
    return mine in request.headers["x-infery-signature"].split(",")
