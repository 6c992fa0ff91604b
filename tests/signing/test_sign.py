import datetime
import io
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from PIL import Image
from tests.files.manifests import SINCE, UNTIL, certificate, certified, usage
from tests.files.pictures import encoded
from tests.signing.certificates import installed_in

from limner.files.credentials import credentials_in
from limner.signing.certificate import trouble
from limner.signing.claim import SIGNABLE, Claim, Signer, Unsigned
from limner.signing.sign import sign

NOW = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return installed_in(tmp_path)


def a_claim(signer: Signer, content_type: str = "image/png") -> Claim:
    picture = encoded(content_type.partition("/")[2])
    return Claim(picture, content_type, "algorithmicMedia", "sketch-1", "limner", "0.1.0", signer)


def read(picture: bytes, content_type: str) -> tuple[dict[str, Any], set[str]]:
    """What the official reader says: the active manifest, and what it holds against it."""
    told = json.loads(c2pa.Reader(content_type, io.BytesIO(picture)).json())
    wrong = {one["code"] for one in told.get("validation_status", [])}
    return told["manifests"][told["active_manifest"]], wrong


@pytest.mark.parametrize("content_type", SIGNABLE)
def test_a_signed_picture_is_valid_but_for_trust_in_a_signer_nobody_knows(
    signer: Signer, content_type: str
) -> None:
    claim = a_claim(signer, content_type)
    picture = sign(claim)
    manifest, wrong = read(picture, content_type)
    assert wrong == {"signingCredential.untrusted"}
    assert credentials_in(picture, content_type)
    assert manifest["claim_generator_info"][0]["name"] == "limner"
    assert manifest["claim_generator_info"][0]["version"] == "0.1.0"
    said = {one["label"]: one["data"] for one in manifest["assertions"]}
    (action,) = said["c2pa.actions.v2"]["actions"]
    assert action["action"] == "c2pa.created"
    assert action["digitalSourceType"].endswith("/digitalsourcetype/algorithmicMedia")
    assert action["softwareAgent"] == {"name": "sketch-1"}
    assert action["parameters"] == {"limner.model": "sketch-1", "limner.provider": "limner"}
    assert "thumbnail" not in manifest
    with Image.open(io.BytesIO(picture)) as after, Image.open(io.BytesIO(claim.data)) as before:
        assert after.tobytes() == before.tobytes()


def test_a_changed_byte_breaks_the_signature(signer: Signer) -> None:
    picture = bytearray(sign(a_claim(signer)))
    picture[-20] ^= 1
    _, wrong = read(bytes(picture), "image/png")
    assert "assertion.dataHash.mismatch" in wrong


@pytest.mark.parametrize("name", ["chain", "key"])
def test_a_file_that_has_gone_leaves_the_picture_unsigned_and_says_so(
    signer: Signer, name: str
) -> None:
    os.unlink(getattr(signer, name))
    with pytest.raises(Unsigned, match="cannot be read: No such file"):
        sign(a_claim(signer))


def test_bytes_that_are_no_picture_are_not_signed(signer: Signer) -> None:
    with pytest.raises(Unsigned):
        sign(replace(a_claim(signer), data=b"no picture"))


def test_nothing_answers_at_the_timestamp_authority(signer: Signer) -> None:
    with pytest.raises(Unsigned):
        sign(a_claim(replace(signer, timestamp_url="http://127.0.0.1:9/")))


def test_a_proper_chain_has_no_trouble(signer: Signer) -> None:
    assert trouble(signer, NOW) is None


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (SINCE - datetime.timedelta(days=1), "the certificate is not valid before 2026-01-01"),
        (UNTIL, "the certificate expired on 2046-01-01; put a new one there"),
    ],
)
def test_dates_are_told(signer: Signer, now: datetime.datetime, said: str) -> None:
    assert trouble(signer, now.replace(tzinfo=datetime.UTC)) == said


def test_an_encrypted_key_is_told_without_a_word_of_it(signer: Signer) -> None:
    kept = serialization.load_pem_private_key(signer.key.read_bytes(), None)
    locked = kept.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"password"),
    )
    signer.key.write_bytes(locked)
    assert trouble(signer, NOW) == (
        f"the key in {signer.key} is encrypted; it must have no password"
    )


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (lambda: rsa.generate_private_key(65_537, 1024), "the key has 1024 bits"),
        (lambda: ec.generate_private_key(ec.SECP256K1()), "the key's curve is secp256k1"),
        (lambda: ec.generate_private_key(ec.SECP256R1()), "the key is not the one of the first"),
        (ed25519.Ed25519PrivateKey.generate, "the key is not the one of the first"),
    ],
)
def test_keys_that_cannot_sign_are_told(signer: Signer, key: Callable[[], Any], said: str) -> None:
    signer.key.write_bytes(
        key().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    assert (trouble(signer, NOW) or "").startswith(said)


def test_files_that_hold_something_else_are_told(signer: Signer) -> None:
    chain, key = signer.chain.read_bytes(), signer.key.read_bytes()
    signer.chain.write_bytes(key)
    assert trouble(signer, NOW) == f"{signer.chain} holds no certificates in PEM"
    signer.chain.write_bytes(chain)
    signer.key.write_bytes(chain)
    assert trouble(signer, NOW) == f"{signer.key} holds no private key in PEM"


def test_a_chain_in_the_wrong_order_is_told(signer: Signer) -> None:
    first, other = x509.load_pem_x509_certificates(signer.chain.read_bytes())
    pem = serialization.Encoding.PEM
    signer.chain.write_bytes(other.public_bytes(pem) + first.public_bytes(pem))
    assert trouble(signer, NOW) == "the key is not the one of the first certificate of the chain"
    signer.chain.write_bytes(first.public_bytes(pem) * 2)
    assert trouble(signer, NOW) == "certificate 2 of the chain did not issue the one before it"


@pytest.mark.parametrize(
    ("purposes", "signs", "said"),
    [
        ([ExtendedKeyUsageOID.SERVER_AUTH], True, "the certificate's extended key usage has none"),
        ([ExtendedKeyUsageOID.EMAIL_PROTECTION], False, "the certificate's key usage has no dig"),
        ([], True, "the certificate lacks an extension that C2PA wants: extended key usage"),
    ],
)
def test_what_a_certificate_is_not_for_is_told(
    tmp_path: Path, purposes: list[x509.ObjectIdentifier], signs: bool, said: str
) -> None:
    signer = installed_in(tmp_path)
    key = ec.generate_private_key(ec.SECP256R1())
    made = certificate("signer", "root", key.public_key()).add_extension(
        usage(signs_certificates=not signs), critical=True
    )
    if purposes:
        made = made.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    pem = serialization.Encoding.PEM
    signer.chain.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(pem))
    signer.key.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    assert (trouble(signer, NOW) or "").startswith(said)


def test_a_certificate_that_signed_itself_is_told(signer: Signer) -> None:
    key = serialization.load_pem_private_key(certified()[1], None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    own = certificate("signer", "signer", key.public_key()).sign(key, hashes.SHA256())
    signer.chain.write_bytes(own.public_bytes(serialization.Encoding.PEM))
    assert (trouble(signer, NOW) or "").startswith("the first certificate signed itself")
