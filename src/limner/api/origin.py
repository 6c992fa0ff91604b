"""What makes a request recognisable when it comes again: its key, and a digest of all it says."""

from typing import Any

import msgspec

from limner.api.asgi import Scope, header
from limner.api.wish import Wish
from limner.generation.request import GenerationRequest
from limner.jobs.job import Origin
from limner.jobs.repeats import checked_key
from limner.vault import Vault


def origin_of(scope: Scope, request: GenerationRequest, wish: Wish, vault: Vault) -> Origin:
    """Raises InvalidParams for a broken idempotency key.

    How long a caller waits is no part of a request: who comes back may be more patient.
    """
    route = f"{scope['method']} {scope['path']}"
    return Origin(
        route=route,
        body_digest=vault.body_digest(said(route, request, wish)),
        idempotency_key=checked_key(header(scope, b"idempotency-key")),
        resent=(header(scope, b"x-stainless-retry-count") or "0") not in ("", "0"),
    )


def said(route: str, request: GenerationRequest, wish: Wish) -> bytes:
    """All a request says, in one order; pictures by their SHA-256, and null for not at all."""
    given = {name: value for name, value in request.given.items() if value is not None}
    images = [image.sha256 for image in request.images]
    whole: list[Any] = [route, request.model, request.prompt, request.n, request.partial_images]
    whole += [request.streamed, request.store, request.strict, wish.form]
    whole += [given, images, request.mask.sha256 if request.mask else None]
    whole += [request.webhook_url] if request.webhook_url else []
    return msgspec.json.encode(whole, order="deterministic")
