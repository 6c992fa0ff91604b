"""One secret seals, signs and hashes, and another one opens nothing."""

import base64
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.errors import ConfigError
from limner.vault import Vault, secret_from

SECRET = bytes(range(32))
VAULT = Vault(SECRET)
OTHER = Vault(bytes(32))


@given(text=st.text(), about=st.text())
def test_what_is_sealed_opens_for_the_same_thing(text: str, about: str) -> None:
    assert VAULT.open(VAULT.seal(text, about=about), about=about) == text


def test_sealing_the_same_twice_shows_nobody_that_it_is_the_same() -> None:
    assert VAULT.seal("a cat", about="job") != VAULT.seal("a cat", about="job")
    assert base64.b64encode(b"a cat").decode() not in VAULT.seal("a cat", about="job")


def test_a_sealed_text_opens_for_nothing_and_nobody_else() -> None:
    sealed = VAULT.seal("a cat", about="imgjob_1")
    with pytest.raises(ConfigError, match="cannot open imgjob_2"):
        VAULT.open(sealed, about="imgjob_2")
    with pytest.raises(ConfigError):
        OTHER.open(sealed, about="imgjob_1")


@given(position=st.integers(0, 60), change=st.integers(1, 255))
def test_a_sealed_text_that_was_changed_does_not_open(position: int, change: int) -> None:
    raw = bytearray(base64.b64decode(VAULT.seal("what a person wrote, at length", about="job")))
    raw[position % len(raw)] ^= change
    with pytest.raises(ConfigError):
        VAULT.open(base64.b64encode(raw).decode(), about="job")


@pytest.mark.parametrize("text", ["", "x", "AAAA", "not base64 at all", "é"])
def test_what_was_never_sealed_does_not_open_either(text: str) -> None:
    with pytest.raises(ConfigError):
        VAULT.open(text, about="job")


@given(one=st.text(), other=st.text())
def test_a_signature_is_for_one_text_and_of_one_server(one: str, other: str) -> None:
    signature = VAULT.signature(one)
    assert len(signature) == 43
    assert VAULT.signed(one, signature)
    assert VAULT.signed(other, signature) == (one == other)
    assert not OTHER.signed(one, signature)


def test_every_use_of_the_secret_has_a_key_of_its_own() -> None:
    digest = bytes.fromhex(VAULT.digest("text"))
    signature = base64.urlsafe_b64decode(VAULT.signature("text") + "=")
    assert digest != signature
    assert VAULT.fingerprint not in (digest.hex()[:16], SECRET.hex()[:16])
    assert VAULT.digest("text") != OTHER.digest("text")


def test_a_secret_is_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "data" / "secret"
    secret = secret_from("", file)
    assert len(secret) == 32
    assert secret_from("", file) == secret
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_processes_that_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    made: list[bytes] = []
    start = threading.Barrier(8)

    def starting() -> None:
        start.wait()
        made.append(secret_from("", tmp_path / "secret"))

    threads = [threading.Thread(target=starting) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1


def test_a_secret_in_the_settings_wins_and_no_file_is_made(tmp_path: Path) -> None:
    assert secret_from(SECRET.hex(), tmp_path / "secret") == SECRET
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["abc", "zz" * 32, "00" * 31, "00" * 33])
def test_a_secret_that_is_none_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="64 hex digits") as refused:
        secret_from(text, tmp_path / "secret")
    assert text not in str(refused.value)


def test_a_broken_secret_file_is_named_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"\xff\xfe broken")
    with pytest.raises(ConfigError, match=str(file)):
        secret_from("", file)
    assert file.read_bytes() == b"\xff\xfe broken"
