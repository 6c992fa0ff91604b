"""Signatures, computed once more by somebody who has only read how they are made."""

import base64
import hmac

from tests.standins.messages import Request


def signed_standard(request: Request, secret: str) -> bool:
    key = base64.b64decode(secret.partition("_")[2])
    headers = request.headers
    parts = [headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), request.body]
    mine = base64.b64encode(hmac.digest(key, b".".join(parts), "sha256")).decode()
    return f"v1,{mine}" in headers["webhook-signature"].split(" ")


def signed_infery(request: Request, secret: str) -> bool:
    mine = hmac.digest(secret.encode(), request.body, "sha256").hex()
    return mine in request.headers["x-infery-signature"].split(",")


def signed(request: Request, secret: str) -> bool:
    standard, infery = signed_standard(request, secret), signed_infery(request, secret)
    assert standard == infery
    return standard
