"""One picture signed, in a process of its own: hashing takes a while, a timestamp longer."""

import io
from datetime import UTC, datetime

import c2pa

from limner.signing.certificate import algorithm, read
from limner.signing.claim import Claim, Unsigned

SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SETTINGS = {
    "builder": {"thumbnail": {"enabled": False}},
    "verify": {"verify_after_sign": False, "verify_trust": False},
}
"""A thumbnail would be a second, smaller picture, and nobody asked for one."""


def sign(claim: Claim) -> bytes:
    """The picture with a manifest in it. Raises Unsigned."""
    chain, key = read(claim.signer)
    if chain.not_valid_after_utc <= datetime.now(UTC):
        raise Unsigned("its certificate has expired")
    signer = c2pa.C2paSignerInfo(
        algorithm(key),
        claim.signer.chain.read_bytes(),
        claim.signer.key.read_bytes(),
        claim.signer.timestamp_url or None,
    )
    out = io.BytesIO()
    try:
        builder = c2pa.Builder(manifest(claim), c2pa.Context(c2pa.Settings.from_dict(SETTINGS)))
        builder.sign(c2pa.Signer.from_info(signer), claim.content_type, io.BytesIO(claim.data), out)
    except c2pa.C2paError as error:
        raise Unsigned(str(error)[:200]) from None
    return out.getvalue()


def manifest(claim: Claim) -> dict[str, object]:
    """As the library wants it: made by this model, by a machine."""
    created = {
        "action": "c2pa.created",
        "digitalSourceType": SOURCES + claim.source,
        "softwareAgent": {"name": claim.model},
        "parameters": {"limner.model": claim.model, "limner.provider": claim.owner},
    }
    return {
        "claim_generator_info": [{"name": "limner", "version": claim.version}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [created]}}],
    }
