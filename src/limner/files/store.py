"""SQL of artifacts: pictures limner keeps until they expire."""

from limner.db.base import Statement, Write
from limner.files.blob_store import had, having, letting_go

NEW_ARTIFACT = f"""
    INSERT INTO artifact (id, job_id, workspace_id, position, bytes, sha256, content_type, width,
                          height, seed, duration_ms, content_credentials, stored_as, original_as,
                          original_bytes, original_sha256, original_type, created_at, expires_at)
    VALUES (:id, :job_id, :workspace_id, :position, :bytes, :sha256, :content_type, :width, :height,
            :seed, :duration_ms, :content_credentials, {had("pictures")},
            {had("pictures", "original_sha256")}, :original_bytes, :original_sha256, :original_type,
            NOW_US(), :expires_at)
"""
HANDED_ON = """
    INSERT INTO artifact (id, job_id, workspace_id, position, bytes, sha256, content_type, width,
                          height, seed, duration_ms, content_credentials, created_at, expires_at,
                          deleted_at)
    VALUES (:id, :job_id, :workspace_id, :position, :bytes, :sha256, :content_type, :width, :height,
            :seed, :duration_ms, :content_credentials, NOW_US(), 0, NOW_US())
"""
KEEP = (
    having("pictures", each="artifacts", name="id"),
    having("pictures", each="originals", name="name"),
    Statement(NEW_ARTIFACT, each="artifacts"),
    Statement(HANDED_ON, each="handed_on"),
)
"""Pictures of a job, as a part of the write that completes it."""

COLUMNS = (
    "a.id, a.job_id, a.position, a.bytes, a.sha256, a.content_type, a.width, a.height, a.seed, "
    "a.duration_ms, a.expires_at, a.content_credentials, NULLIF(a.stored_as, a.id), "
    "a.original_as, a.original_bytes, a.original_sha256, a.original_type"
)

ARTIFACT = f"""
    SELECT {COLUMNS} FROM artifact a
    WHERE a.id = :id AND a.deleted_at IS NULL AND a.expires_at > NOW_US()
"""

WITH_FILE = f"""
    SELECT {COLUMNS}, f.id,
           CASE WHEN a.deleted_at IS NULL AND a.expires_at > NOW_US() THEN 1 ELSE 0 END
    FROM artifact a LEFT JOIN file f ON f.artifact_id = a.id AND f.deleted_at IS NULL
"""
OF_JOB = WITH_FILE + " WHERE a.job_id = :job_id ORDER BY a.position"

MOST_JOBS = 100
OF_JOBS = f"""
    {WITH_FILE}
    WHERE a.job_id IN ({", ".join(f":job_{number}" for number in range(MOST_JOBS))})
    ORDER BY a.job_id, a.position
"""
"""One text for any number of jobs, so that databases prepare it once; the rest is left empty."""

EXPIRED = """
    SELECT id, workspace_id, COALESCE(stored_as, id), original_as FROM artifact
    WHERE deleted_at IS NULL AND expires_at <= NOW_US() LIMIT 200
"""

FORGET = Write(
    "forget_artifact",
    (
        Statement(
            """
            UPDATE artifact SET deleted_at = NOW_US() WHERE id = :id AND deleted_at IS NULL
            RETURNING id
            """,
            refusal="gone",
        ),
        *letting_go("(SELECT stored_as FROM artifact WHERE id = :id)"),
        *letting_go("(SELECT original_as FROM artifact WHERE id = :id)"),
    ),
    locks="workspace_id",
)

BETWEEN = """
    SELECT name FROM blob WHERE name BETWEEN :first AND :last
    UNION ALL
    SELECT id FROM artifact
    WHERE id BETWEEN :first AND :last AND stored_as IS NULL AND deleted_at IS NULL
"""
