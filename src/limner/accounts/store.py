"""SQL of workspaces and keys."""

from limner.db.base import Statement, Write
from limner.ledger.budget_store import DROP_BUDGET, SET_BUDGET
from limner.ledger.store import POST

NEW_WORKSPACE = Write(
    "new_workspace",
    (
        Statement(
            """
            INSERT INTO workspace (id, name, created_at) VALUES (:workspace_id, :name, NOW_US())
            ON CONFLICT (name) DO NOTHING RETURNING id
            """,
            refusal="taken",
        ),
        Statement("INSERT INTO wallet (workspace_id, ledger) VALUES (:workspace_id, 'live')"),
        Statement(
            """
            INSERT INTO wallet (workspace_id, ledger, topup)
            VALUES (:workspace_id, 'test', :amount)
            """
        ),
        Statement(POST),
    ),
)

SECRET = "SELECT value FROM meta WHERE name = 'secret'"
OWN_SECRET = Write(
    "own_secret",
    (
        Statement(
            """
            INSERT INTO meta (name, value) VALUES ('secret', :fingerprint)
            ON CONFLICT (name) DO NOTHING
            """
        ),
    ),
)

WORKSPACE_COLUMNS = "SELECT id, name, created_at, options, plan, plan_renews_at FROM workspace"
WORKSPACES = f"{WORKSPACE_COLUMNS} ORDER BY created_at, id"
WORKSPACE = f"{WORKSPACE_COLUMNS} WHERE id = :word OR name = :word"

NEW_KEY = Write(
    "new_key",
    (
        Statement(
            """
            INSERT INTO api_key (id, workspace_id, kind, name, digest, prefix, last_four,
                                 allowed_models, limits, created_at, expires_at)
            VALUES (:id, :workspace_id, :kind, :name, :digest, :prefix, :last_four,
                    :allowed_models, :limits, NOW_US(),
                    CASE WHEN CAST(:lives_us AS BIGINT) IS NULL THEN NULL
                         ELSE NOW_US() + CAST(:lives_us AS BIGINT) END)
            """
        ),
        SET_BUDGET,
    ),
)

REVOKE_KEY = Write(
    "revoke_key",
    (
        Statement(
            """
            UPDATE api_key SET revoked_at = NOW_US()
            WHERE id = :id AND revoked_at IS NULL RETURNING id
            """,
            refusal="gone",
        ),
    ),
)

CHANGE_KEY = Write(
    "change_key",
    (
        Statement(
            """
            UPDATE api_key SET limits = :limits WHERE id = :id AND limits = :before RETURNING id
            """,
            refusal="changed",
        ),
        SET_BUDGET,
        DROP_BUDGET,
    ),
    locks="workspace_id",
)
CHANGE_WORKSPACE = Write(
    "change_workspace",
    (
        Statement(
            """
            UPDATE workspace SET options = :options
            WHERE id = :workspace_id AND options = :before RETURNING id
            """,
            refusal="changed",
        ),
        SET_BUDGET,
        DROP_BUDGET,
    ),
    locks="workspace_id",
)
"""Refused where somebody else was quicker, so that no change is lost."""

LIMITS = "SELECT limits FROM api_key WHERE id = :id"
OPTIONS = "SELECT options FROM workspace WHERE id = :id"

KEY_COLUMNS = """id, workspace_id, kind, name, prefix, last_four, allowed_models, created_at,
    expires_at, revoked_at, limits"""
KEYS = f"SELECT {KEY_COLUMNS} FROM api_key ORDER BY created_at, id"
KEY = f"SELECT {KEY_COLUMNS} FROM api_key WHERE id = :id"
KEYS_OF = f"SELECT {KEY_COLUMNS} FROM api_key WHERE workspace_id = :id ORDER BY created_at, id"

CALLER = """
    SELECT k.id, k.workspace_id, k.kind, k.allowed_models, k.limits, COALESCE(w.options, '{}')
    FROM api_key k LEFT JOIN workspace w ON w.id = k.workspace_id
    WHERE k.digest = :digest AND k.revoked_at IS NULL AND w.suspended_at IS NULL
      AND (k.expires_at IS NULL OR k.expires_at > NOW_US())
"""
