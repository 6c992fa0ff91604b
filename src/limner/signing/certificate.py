"""Whether a chain of certificates and a key can sign Content Credentials, in plain words.

The rules are those of the C2PA technical specification 2.2, section 14.5. Whether anybody trusts
the signer is for those who verify.
"""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from limner.signing.claim import Signer, Unsigned

Key: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
PURPOSES = {
    "1.3.6.1.5.5.7.3.4": "email protection",
    "1.3.6.1.5.5.7.3.36": "document signing",
    "1.3.6.1.4.1.62558.2.1": "C2PA claim signing",
}
CURVES = {"secp256r1": b"es256", "secp384r1": b"es384", "secp521r1": b"es512"}
LEAST_RSA_BITS = 2048


def trouble(signer: Signer, now: datetime | None = None) -> str | None:
    """The first thing that is wrong and what to do about it; None when it can sign."""
    now = now or datetime.now(UTC)
    try:
        chain, key = chain_in(signer.chain), key_in(signer.key)
        algorithm(key)
    except Unsigned as error:
        return str(error)
    return unfit(chain[0], key, now) or unlinked(chain, now)


def ends(signer: Signer) -> datetime:
    """When the signer's certificate ends. Raises Unsigned."""
    return chain_in(signer.chain)[0].not_valid_after_utc


def read(signer: Signer) -> tuple[x509.Certificate, Key]:
    """The signer's own certificate and its key. Raises Unsigned."""
    return chain_in(signer.chain)[0], key_in(signer.key)


def chain_in(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise Unsigned(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise Unsigned(f"{path} holds no certificates in PEM") from None


def key_in(path: Path) -> Key:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise Unsigned(f"{path} cannot be read: {error.strerror}") from None
    except TypeError:
        raise Unsigned(f"the key in {path} is encrypted; it must have no password") from None
    except (ValueError, UnsupportedAlgorithm):
        raise Unsigned(f"{path} holds no private key in PEM") from None
    if not isinstance(key, Key):
        raise Unsigned(f"{path}: C2PA knows keys of EC, RSA and Ed25519, and no others")
    return key


def algorithm(key: Key) -> bytes:
    """As C2PA names it. Raises Unsigned."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return b"ed25519"
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < LEAST_RSA_BITS:
            raise Unsigned(f"the key has {key.key_size} bits; C2PA wants {LEAST_RSA_BITS} at least")
        return b"ps256"
    if key.curve.name not in CURVES:
        raise Unsigned(f"the key's curve is {key.curve.name}; C2PA wants P-256, P-384 or P-521")
    return CURVES[key.curve.name]


def unfit(leaf: x509.Certificate, key: Key, now: datetime) -> str | None:
    """What is wrong with the signer's own certificate."""
    plain = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if leaf.public_key().public_bytes(*plain) != key.public_key().public_bytes(*plain):
        return "the key is not the one of the first certificate of the chain"
    if leaf.issuer == leaf.subject:
        return "the first certificate signed itself, which C2PA refuses; have one issued"
    if wrong := outdated(leaf, now, "the certificate"):
        return wrong
    return unallowed(leaf)


def outdated(one: x509.Certificate, now: datetime, named: str) -> str | None:
    if now < one.not_valid_before_utc:
        return f"{named} is not valid before {one.not_valid_before_utc:%Y-%m-%d}"
    if now >= one.not_valid_after_utc:
        return f"{named} expired on {one.not_valid_after_utc:%Y-%m-%d}; put a new one there"
    return None


def unallowed(leaf: x509.Certificate) -> str | None:
    """What its extensions do not let it do."""
    names = {
        x509.ExtendedKeyUsage.oid: "extended key usage",
        x509.KeyUsage.oid: "key usage",
    }
    try:
        found = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        purposes = {one.dotted_string for one in found}
        signs = leaf.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    except x509.ExtensionNotFound as error:
        return f"the certificate lacks an extension that C2PA wants: {names[error.oid]}"
    except ValueError:
        return "the certificate's extensions cannot be read"
    if not signs:
        return "the certificate's key usage has no digital signature"
    if not purposes & PURPOSES.keys():
        return (
            "the certificate's extended key usage has none of those that C2PA takes: "
            + ", ".join(PURPOSES.values())
        )
    return None


def unlinked(chain: list[x509.Certificate], now: datetime) -> str | None:
    """What is wrong with those that vouch for the one before."""
    for place, (lower, upper) in enumerate(pairwise(chain), start=2):
        try:
            lower.verify_directly_issued_by(upper)
        except (ValueError, TypeError, InvalidSignature):
            return f"certificate {place} of the chain did not issue the one before it"
        if wrong := outdated(upper, now, f"certificate {place} of the chain"):
            return wrong
    return None
