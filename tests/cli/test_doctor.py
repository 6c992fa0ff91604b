"""The doctor tells what is set and what works, and lets out no secret."""

from pathlib import Path

from tests.cli.terminal import Terminal
from tests.signing.certificates import installed_in

SECRET = "ab" * 32
FINDINGS = ["catalog", "database", "pictures", "keys", "providers", "losses"]


def test_a_healthy_limner_is_told_so_without_its_secrets(either: Terminal) -> None:
    looked = either.done("doctor", "--json", LIMNER_SECRET=SECRET, LIMNER_PORT="8123").json
    assert [one["what"] for one in looked["findings"]] == FINDINGS
    assert all(one["ok"] for one in looked["findings"])
    assert looked["settings"]["port"] == 8123
    assert looked["settings"]["secret"] == "(set)"
    said = either.done_inside("doctor", LIMNER_SECRET=SECRET).out
    assert "ok     database: " in said
    assert "  catalog_dirs = []" in said
    assert SECRET not in said + str(looked)


def test_a_database_that_is_away_is_a_finding_and_its_password_is_hidden(
    terminal: Terminal,
) -> None:
    url = "postgresql://someone:hidden-one@127.0.0.1:1/x?password=hidden-two"
    looked = terminal.inside("doctor", LIMNER_DATABASE_URL=url)
    assert looked.code == 1
    assert "NOT OK database: cannot connect" in looked.out
    assert "postgresql://someone@127.0.0.1:1/x" in looked.out
    assert "hidden-" not in looked.out + looked.err


def test_the_token_for_metrics_is_told_by_nobody(terminal: Terminal) -> None:
    token = "a-token-for-watching"
    looked = terminal.inside("doctor", LIMNER_METRICS_TOKEN=token)
    assert "metrics_token = (set)" in looked.out
    assert token not in looked.out + looked.err
    short = terminal.inside("doctor", LIMNER_METRICS_TOKEN=token[:15])
    assert "LIMNER_METRICS_TOKEN must be from 16 to 200 letters" in short.out + short.err
    assert token[:15] not in short.out + short.err


def test_providers_are_asked_and_a_broken_one_ends_with_one(terminal: Terminal) -> None:
    terminal.done_inside("provider", "add", "openai", "--api-key-env", "NOT_SET_ANYWHERE")
    looked = terminal.inside("doctor")
    assert looked.code == 1
    assert "NOT OK provider openai: there is no key in the variable" in looked.out


def test_a_misspelt_variable_is_found(terminal: Terminal) -> None:
    looked = terminal.inside("doctor", LIMNER_PORTT="1", LIMNER_URL="http://127.0.0.1:8000")
    assert looked.code == 1
    assert "LIMNER_PORTT is not read; LIMNER_PORT is" in looked.out
    assert looked.out.count("NOT OK") == 1


def test_a_certificate_is_told_with_its_end_and_what_is_wrong_with_it(
    terminal: Terminal, tmp_path: Path
) -> None:
    signer = installed_in(tmp_path)
    paths = {"LIMNER_C2PA_CHAIN": str(signer.chain), "LIMNER_C2PA_KEY": str(signer.key)}
    well = terminal.inside("doctor", **paths)
    assert (well.code, f"ok     signing: with {signer.chain}, until 2046-01-01" in well.out) == (
        0,
        True,
    )
    key = signer.key.read_text()
    signer.chain.write_text(key)
    looked = terminal.inside("doctor", **paths)
    assert looked.code == 1
    assert f"NOT OK signing: {signer.chain} holds no certificates in PEM" in looked.out
    assert key.splitlines()[1] not in looked.out + looked.err
