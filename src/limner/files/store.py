"""SQL of artifacts: pictures limner keeps until they expire."""

from limner.db.base import Statement, Write

NEW_ARTIFACT = """
    INSERT INTO artifact (id, job_id, workspace_id, position, bytes, sha256, content_type, width,
                          height, seed, duration_ms, created_at, expires_at)
    VALUES (:id, :job_id, :workspace_id, :position, :bytes, :sha256, :content_type, :width, :height,
            :seed, :duration_ms, NOW_US(), NOW_US() + CAST(:retention_us AS BIGINT))
"""

COLUMNS = "id, job_id, position, bytes, sha256, content_type, width, height, seed, duration_ms"

ARTIFACT = f"""
    SELECT {COLUMNS} FROM artifact
    WHERE id = :id AND deleted_at IS NULL AND expires_at > NOW_US()
"""

WITH_FILE = f"""
    SELECT {", ".join(f"a.{name}" for name in COLUMNS.split(", "))}, f.id,
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
    SELECT id FROM artifact WHERE deleted_at IS NULL AND expires_at <= NOW_US() LIMIT 200
"""

FORGET = Write(
    "forget_artifacts",
    (
        Statement(
            "UPDATE artifact SET deleted_at = NOW_US() WHERE id = :id AND deleted_at IS NULL",
            each="artifacts",
        ),
    ),
)

BETWEEN = """
    SELECT id FROM artifact WHERE id BETWEEN :first AND :last AND deleted_at IS NULL
"""
