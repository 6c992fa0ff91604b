"""The examples of the documents run as they stand.

Blocks fenced as `sh` or `python` are run, page by page, against a server of their own; the address
`http://127.0.0.1:8000` is replaced by that server's. A number behind the word is the HTTP status
the block has to end with. Blocks that cannot run here are fenced as `text` or `console`.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.pages import DOCS, ROOT, examples, name_of, triggers
from tests.servers import Server, a_key, administer, serving

from limner.app import Limner
from limner.providers.http_clients import open_client
from limner.settings import Settings

ADDRESS = "http://127.0.0.1:8000"
LEAST_EXAMPLES = 25
READERS = 4
CURL = ROOT / "tests/standins/curl.py"

EXAMPLES = examples()
RUNNABLE = sorted({one.page for one in EXAMPLES})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("docs") / "data", test_pace=0)
    with serving(settings) as started:
        yield started


@pytest.fixture(scope="module")
def environ(server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a reader has set up when he comes to an example."""
    home = tmp_path_factory.mktemp("home")
    (home / ".curlrc").write_text("fail-with-body\nsilent\nshow-error\n")
    if shutil.which("curl") is None:
        (home / "curl").write_text(f"#!{sys.executable}\n{CURL.read_text('utf-8')}")
        (home / "curl").chmod(0o755)
    return os.environ | {
        "PATH": os.pathsep.join([str(home), str(Path(sys.executable).parent), os.environ["PATH"]]),
        "CURL_HOME": str(home),
        "LIMNER_URL": server.url,
        "LIMNER_DATA_DIR": str(server.settings.data_dir),
        "INFERY_API_KEY": asyncio.run(a_key(server.settings)),
        "LIMNER_ADMIN_KEY": asyncio.run(administer(server.settings, admin_key)),
        "OPENAI_API_KEY": "sk-never-sent-anywhere",
    }


async def admin_key(limner: Limner) -> str:
    return (await limner.services.accounts.create_key(None, "admin", "documents"))[1]


@pytest.fixture(scope="module")
def played(
    server: Server, environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Path, Future[None]]]:
    """All pages, read at once: most of an example's time is waiting."""
    with ThreadPoolExecutor(READERS) as pool:
        yield {
            page: pool.submit(play, page, server.url, environ, tmp_path_factory.mktemp("page"))
            for page in RUNNABLE
        }


def play(page: Path, url: str, environ: dict[str, str], folder: Path) -> None:
    """Do what a page says, from top to bottom, in a folder of its own."""
    for example in (one for one in EXAMPLES if one.page == page):
        text = example.text.replace(ADDRESS, url)
        command = ["sh", "-eu", "-c"] if example.language == "sh" else [sys.executable, "-c"]
        done = subprocess.run(
            [*command, text], cwd=folder, env=environ, capture_output=True, text=True, timeout=60
        )
        told = f"{name_of(page)}:{example.line}\n{text}\n{done.stdout}\n{done.stderr}"
        if example.status is None:
            assert done.returncode == 0, told
        else:
            assert done.returncode == 22, told  # what curl ends with for a refusal
            assert f"error: {example.status}" in done.stderr, told


@pytest.mark.parametrize("page", RUNNABLE, ids=name_of)
def test_the_examples_of_a_page_run_as_they_stand(
    page: Path, played: dict[Path, Future[None]]
) -> None:
    played[page].result()


def test_most_of_what_can_be_run_is_run() -> None:
    assert len(EXAMPLES) >= LEAST_EXAMPLES
    assert ROOT / "README.md" in RUNNABLE
    assert DOCS / "quickstart.md" in RUNNABLE


async def test_the_triggers_do_what_their_table_says(
    server: Server, environ: dict[str, str]
) -> None:
    client = open_client()
    headers = {"authorization": f"Bearer {environ['INFERY_API_KEY']}"}

    async def played(words: str) -> tuple[str, str]:
        body = {"model": "sketch-1", "prompt": f"a cup {words}", "n": 4, "size": "256x256"}
        reply = await client.post(
            f"{server.api}/images/generations",
            headers=headers,
            body=json.dumps(body).encode(),
            timeout_s=30,
        )
        return str(reply.status), json.loads(reply.body).get("error", {}).get("code", "")

    try:
        rows = triggers()
        answers = await asyncio.gather(*(played(words) for words, _, _ in rows))
    finally:
        await client.aclose()
    assert rows
    assert answers == [(status, code) for _, status, code in rows]
