"""A process of an older version, as its statements: `schema_0005.json` holds what it writes.

That file was made of the code whose newest schema was 0005, with the white space taken out, and is
never changed: such a process goes on writing while a newer version brings the schema on.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from tests.files.pictures import encoded

from limner.db.base import Database, Statement, Value, Values, Write
from limner.files.blobs import LocalBlobs
from limner.ids import new_id

TEXTS = json.loads((Path(__file__).parent / "schema_0005.json").read_text("utf-8"))
PICTURE = encoded()
GRANTED, PRICE = 10**9, 40_000
FAR_US = 3600 * 1_000_000
WORKSPACE = (
    "INSERT INTO workspace (id, name, created_at) VALUES (:workspace_id, :name, NOW_US())",
    "INSERT INTO wallet (workspace_id, ledger) VALUES (:workspace_id, 'live')",
    """INSERT INTO api_key (id, workspace_id, kind, name, digest, prefix, last_four, allowed_models,
                            created_at)
       VALUES (:key_id, :workspace_id, 'live', 'old', :digest, 'inf', 'ab', '["*"]', NOW_US())""",
)


def write_of(name: str) -> Write:
    told = TEXTS["writes"][name]
    return Write(name, tuple(Statement(**one) for one in told["statements"]), told["locks"])


WRITES = {name: write_of(name) for name in TEXTS["writes"]}


class OldWriter:
    """One workspace's work, as the old version did it."""

    def __init__(self, database: Database, pictures: LocalBlobs, files: LocalBlobs) -> None:
        self._database = database
        self._pictures, self._files = pictures, files
        self.owner: dict[str, Value] = {"workspace_id": new_id("ws"), "key_id": new_id("key")}
        self.lives = 0

    async def begin(self) -> None:
        digest = hashlib.sha256(str(self.owner["key_id"]).encode()).hexdigest()
        made = Write("made", tuple(map(Statement, WORKSPACE)))
        await self._database.write(made, {**self.owner, "digest": digest, "name": digest})
        await self._write(
            "grant",
            **self.owner,
            **posting(f"live/{self.owner['workspace_id']}/start", "grant", GRANTED),
            debit="grants",
            credit=f"{self.owner['workspace_id']}/topup",
            job_id=None,
            to_plan=0,
            to_topup=GRANTED,
            fullest=10**15,
        )

    async def live(self) -> None:
        """Draw a picture that becomes a file, fail another, and keep a file and delete it again."""
        await self._drawn()
        await self._failed()
        await self._kept_and_deleted()
        self.lives += 1

    async def _drawn(self) -> None:
        job = await self._admitted()
        artifact, file = new_id("a"), self._new_file()
        self._pictures.write(artifact, PICTURE)
        await self._write("progress", **job, progress=50)
        await self._write(
            "finish_filing",
            **job,
            **self._event("job.completed"),
            **dict.fromkeys(("sealed", "answer", "tokens_in", "tokens_out")),
            charged=PRICE,
            cost="{}",
            pictures=1,
            provider_request_id="req",
            provider_us=1000,
            plan_charged=0,
            topup_charged=PRICE,
            retention_us=FAR_US,
            postings=[
                posting(f"settle/{job['job_id']}/topup", "settle", PRICE)
                | {"debit": f"{job['workspace_id']}/topup", "credit": "revenue"}
            ],
            artifacts=[
                of_picture()
                | {"id": artifact, "position": 0, "seed": None, "duration_ms": None}
                | {"width": 16, "height": 16}
            ],
            **room(1),
            new_files=[file | {"artifact_id": artifact}],
        )
        await self._read("artifacts", job_id=job["job_id"])

    async def _failed(self) -> None:
        job = await self._admitted()
        await self._write("beat", **job, lease_us=FAR_US, hold_us=2 * FAR_US)
        await self._write(
            "fail",
            **job,
            **self._event("job.failed"),
            error_code="provider_error",
            error_message="it failed",
            outcome="unknown",
            provider_request_id=None,
            provider_us=1000,
            hold_end="released",
            losses=[
                posting(f"loss/{job['job_id']}", "loss", PRICE)
                | {"debit": "grants", "credit": "losses", "workspace_id": None}
            ],
        )
        await self._read("job", **self.owner, ledger="live", job_id=job["job_id"])

    async def _kept_and_deleted(self) -> None:
        file = self._new_file()
        own = {**self.owner, "file_id": file["id"], "remembered_us": FAR_US}
        await self._write("store_file", **own, **room(1), keys=[], new_files=[file])
        await self._write("delete_file", **self.owner, id=file["id"])

    async def _admitted(self) -> dict[str, Value]:
        job: dict[str, Value] = {"job_id": new_id("imgjob"), "ledger": "live", "lease": 1}
        job |= {"plan": 0, "topup": PRICE, **self.owner}
        unset = dict.fromkeys(("prompt", "webhook", "most_running", "body_digest"))
        await self._write(
            "admit",
            **job,
            **unset,
            **{"request_id": "req", "task": "generate", "modality": "image", "model": "m"},
            **{"params": "{}", "quote": "{}", "owner": "old", "provider": "host"},
            **{"n": 1, "tries": 1, "repeatable": 0, "known_budgets": 0},
            **{"lease_us": FAR_US, "deadline_us": FAR_US, "hold_us": 2 * FAR_US},
            passes=[],
            budgets=[],
        )
        return job

    def _new_file(self) -> dict[str, Value]:
        blob = new_id("f")
        self._files.write(blob, PICTURE)
        words: dict[str, Value] = {"purpose": "vision", "filename": "a.png", "artifact_id": None}
        return {"id": new_id("file"), "blob": blob} | words | of_picture()

    def _event(self, kind: str) -> dict[str, Value]:
        return {"event_id": new_id("evt"), "delivery_id": new_id("dlv"), "event_type": kind}

    async def _write(self, name: str, **params: Value | Sequence[Values]) -> None:
        written = await self._database.write(WRITES[name], params)
        assert written.refusal is None, f"{name} of the old version was refused: {written.refusal}"

    async def _read(self, name: str, **params: Value) -> None:
        assert await self._database.fetch(TEXTS["reads"][name], params), f"{name} finds nothing"


def of_picture() -> dict[str, Value]:
    digest = hashlib.sha256(PICTURE).hexdigest()
    return {"bytes": len(PICTURE), "sha256": digest, "content_type": "image/png"}


def posting(operation: str, kind: str, amount: int) -> dict[str, Value]:
    return {
        "operation": operation,
        "kind": kind,
        "amount": amount,
        "ledger": "live",
        "corrects": None,
        "note": None,
    }


def room(files: int) -> dict[str, int]:
    """What is counted, far from any quota."""
    return {
        "files": files,
        "files_bytes": files * len(PICTURE),
        "most_files": 10**6,
        "most_bytes": 10**12,
    }
