"""SQL of files: what a workspace uploaded or chose to keep, and how much it may have.

`COUNT_FILES` is the gate of everything that adds files. Counter and rows change together, so that a
quota is exact however many uploads end at once.
"""

from limner.db.base import Statement, Write
from limner.files.blob_store import had, having, letting_go

COUNT_FILES = Statement(
    """
    INSERT INTO storage (workspace_id, files, bytes)
    SELECT :workspace_id, CAST(:files AS BIGINT), CAST(:files_bytes AS BIGINT)
    WHERE CAST(:files AS BIGINT) <= CAST(:most_files AS BIGINT)
      AND CAST(:files_bytes AS BIGINT) <= CAST(:most_bytes AS BIGINT)
    ON CONFLICT (workspace_id) DO UPDATE
    SET files = storage.files + CAST(:files AS BIGINT),
        bytes = storage.bytes + CAST(:files_bytes AS BIGINT)
    WHERE storage.files + CAST(:files AS BIGINT) <= CAST(:most_files AS BIGINT)
      AND storage.bytes + CAST(:files_bytes AS BIGINT) <= CAST(:most_bytes AS BIGINT)
    RETURNING files
    """,
    refusal="full",
)

NEW_FILE = f"""
    INSERT INTO file (id, workspace_id, blob, purpose, filename, bytes, sha256, content_type,
                      artifact_id, stored_as, created_at)
    VALUES (:id, :workspace_id, :blob, :purpose, :filename, :bytes, :sha256, :content_type,
            :artifact_id, {had("files")}, NOW_US())
"""
KEEP = (having("files", each="new_files", name="blob"), Statement(NEW_FILE, each="new_files"))
"""Files, as a part of the write that counts them."""

STORE = Write(
    "store_file",
    (
        COUNT_FILES,
        Statement(
            """
            UPDATE upload SET state = 'stored', until = NOW_US() + CAST(:remembered_us AS BIGINT)
            WHERE workspace_id = :workspace_id AND key = :key AND file_id = :file_id
              AND state = 'uploading'
            RETURNING key
            """,
            refusal="key_lost",
            each="keys",
        ),
        *KEEP,
    ),
    locks="workspace_id",
)

CLAIM_KEY = Write(
    "claim_key",
    (
        Statement(
            """
            INSERT INTO upload (workspace_id, key, file_id, state, until)
            VALUES (:workspace_id, :key, :file_id, 'uploading',
                    NOW_US() + CAST(:within_us AS BIGINT))
            ON CONFLICT (workspace_id, key) DO UPDATE
            SET file_id = excluded.file_id, state = excluded.state, until = excluded.until
            WHERE upload.until < NOW_US()
            RETURNING file_id
            """,
            refusal="known",
        ),
    ),
    locks="workspace_id",
)

KEY = """
    SELECT file_id, state FROM upload
    WHERE workspace_id = :workspace_id AND key = :key AND until >= NOW_US()
"""

FREE_KEY = Write(
    "free_key",
    (
        Statement(
            """
            DELETE FROM upload
            WHERE workspace_id = :workspace_id AND key = :key AND file_id = :file_id
              AND state = 'uploading'
            """
        ),
    ),
    locks="workspace_id",
)

FORGET_KEYS = Write("forget_keys", (Statement("DELETE FROM upload WHERE until < NOW_US()"),))

DELETE = Write(
    "delete_file",
    (
        Statement(
            """
            UPDATE file SET deleted_at = NOW_US()
            WHERE id = :id AND workspace_id = :workspace_id AND deleted_at IS NULL
            RETURNING COALESCE(stored_as, blob)
            """,
            refusal="gone",
        ),
        Statement(
            """
            UPDATE storage SET files = files - 1,
                               bytes = bytes - (SELECT bytes FROM file WHERE id = :id)
            WHERE workspace_id = :workspace_id
            """
        ),
        Statement("DELETE FROM upload WHERE workspace_id = :workspace_id AND file_id = :id"),
        *letting_go("(SELECT stored_as FROM file WHERE id = :id)"),
    ),
    locks="workspace_id",
)

COLUMNS = (
    "id, COALESCE(stored_as, blob), purpose, filename, bytes, sha256, content_type, created_at"
)

FILE = f"""
    SELECT {COLUMNS} FROM file
    WHERE id = :id AND workspace_id = :workspace_id AND deleted_at IS NULL
"""

PAGE = f"""
    SELECT {COLUMNS} FROM file
    WHERE workspace_id = :workspace_id AND deleted_at IS NULL
      AND (CAST(:purpose AS TEXT) IS NULL OR purpose = :purpose)
      AND (CAST(:after_at AS BIGINT) IS NULL OR created_at {{beyond}} :after_at
           OR (created_at = :after_at AND id {{beyond}} :after_id))
    ORDER BY created_at {{order}}, id {{order}} LIMIT CAST(:most AS BIGINT)
"""
PAGES = {
    "desc": PAGE.format(beyond="<", order="DESC"),
    "asc": PAGE.format(beyond=">", order="ASC"),
}

PLACE = "SELECT created_at FROM file WHERE id = :id AND workspace_id = :workspace_id"
"""Also of a file that was deleted while somebody pages past it."""

USAGE = "SELECT files, bytes FROM storage WHERE workspace_id = :workspace_id"

DELETED = "SELECT id, COALESCE(stored_as, blob) FROM file WHERE deleted_at IS NOT NULL LIMIT 200"

FORGET = Write(
    "forget_files",
    (Statement("DELETE FROM file WHERE id = :id AND deleted_at IS NOT NULL", each="deleted"),),
)

BETWEEN = """
    SELECT name FROM blob WHERE name BETWEEN :first AND :last
    UNION ALL
    SELECT blob FROM file WHERE blob BETWEEN :first AND :last AND stored_as IS NULL
"""
