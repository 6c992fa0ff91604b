"""Two signatures over one body, by every secret that counts at the moment.

Standard Webhooks signs id, time and body, keyed with the bytes behind `whsec_`. The header of
Infery is the hex HMAC-SHA-256 of the body, keyed with the secret as it is written.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence

PREFIX = "whsec_"
SECRET_BYTES = 32


def minted() -> str:
    """A fresh secret."""
    return written(os.urandom(SECRET_BYTES))


def written(secret: bytes) -> str:
    return PREFIX + base64.b64encode(secret).decode()


def headers(event_id: str, at: int, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """All that goes over a body; `at` is in unix seconds, the newest secret comes first."""
    signed = b"%s.%d.%s" % (event_id.encode(), at, body)
    return {
        "content-type": "application/json",
        "user-agent": "limner",
        "webhook-id": event_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{standard(one, signed)}" for one in secrets),
        "x-infery-signature": ",".join(infery(one, body) for one in secrets),
    }


def standard(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def infery(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
