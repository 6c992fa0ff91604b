"""SQL of jobs. A picture takes two commits: `ADMIT` before the provider is called, `FINISH` after.

Each spans job and money, so that a job and its hold begin and end together. `FAIL` ends a job
without charge; `FAIL_UNHELD` is for one whose hold had run out before.
"""

from limner.db.base import Statement, Write
from limner.files import file_store as files
from limner.files import store as pictures
from limner.jobs.repeat_store import CLAIM_KEY
from limner.jobs.window_store import PASS
from limner.ledger.budget_store import BUDGETS_OF, HELD
from limner.ledger.store import HOLD, LOSSES, RELEASE, SETTLE
from limner.webhooks.outbox import TELL_OF_JOB

NEW_JOB = Statement(
    f"""
    INSERT INTO job (id, workspace_id, key_id, ledger, request_id, task, modality, model, n, params,
                     quote, price_version, state, owner, lease, lease_until, try_no, provider,
                     repeatable, body_digest, prompt, webhook, cache_digest, created_at, started_at,
                     deadline_at)
    SELECT :job_id, :workspace_id, CAST(:key_id AS TEXT), CAST(:ledger AS TEXT), :request_id, :task,
           :modality, :model, CAST(:n AS BIGINT), :params, :quote, :price_version, 'processing',
           :owner, 1, NOW_US() + CAST(:lease_us AS BIGINT), CAST(:tries AS BIGINT), :provider,
           CAST(:repeatable AS BIGINT), :body_digest, :prompt, :webhook, :cache_digest,
           NOW_US(),
           CASE WHEN CAST(:tries AS BIGINT) > 0 THEN NOW_US() END,
           NOW_US() + CAST(:deadline_us AS BIGINT)
    WHERE {BUDGETS_OF} = CAST(:known_budgets AS BIGINT)
      AND (CAST(:most_running AS BIGINT) IS NULL
           OR (SELECT COUNT(*) FROM job r
               WHERE r.key_id = CAST(:key_id AS TEXT) AND r.state = 'processing')
              < CAST(:most_running AS BIGINT))
    RETURNING id
    """,
    refusal="bounds",
)
"""Where it waits for its turn, no try has begun."""

ADMIT = Write("admit", (PASS, *HOLD, HELD, NEW_JOB), locks="workspace_id")
"""Without rates or budgets, two of these find nothing to do."""

ADMIT_KEYED = Write("admit_keyed", (*ADMIT.statements, CLAIM_KEY), locks="workspace_id")
"""The same for a request with an idempotency key; refused as `known` where that is taken."""

END = """
    UPDATE job SET {changes}, ended_at = NOW_US()
    WHERE id = :job_id AND lease = :lease AND state = 'processing' RETURNING id
"""
COMPLETE = Statement(
    END.format(
        changes="""state = 'completed', progress = 100, charged = :charged, outcome = 'ran',
                   cost = :cost, sealed = :sealed, answer = :answer, pictures = :pictures,
                   tokens_in = :tokens_in, tokens_out = :tokens_out,
                   provider_request_id = :provider_request_id,
                   drawn_at = started_at + CAST(:provider_us AS BIGINT)"""
    ),
    refusal="not_ours",
)
FAILED = Statement(
    END.format(
        changes="""state = 'failed', error_code = :error_code, error_message = :error_message,
                   outcome = :outcome, provider_request_id = :provider_request_id,
                   drawn_at = started_at + CAST(:provider_us AS BIGINT),
                   left_at = CASE WHEN :outcome = 'unknown' THEN NOW_US() ELSE left_at END"""
    ),
    refusal="not_ours",
)

FINISH = Write(
    "finish",
    (COMPLETE, *SETTLE, *pictures.KEEP, TELL_OF_JOB),
    locks="workspace_id",
)
FINISH_FILING = Write(
    "finish_filing",
    (
        COMPLETE,
        *SETTLE,
        files.COUNT_FILES,
        *pictures.KEEP,
        *files.KEEP,
        TELL_OF_JOB,
    ),
    locks="workspace_id",
)
"""The same for pictures that become files; refused as `full` where those have no room."""
FAIL = Write("fail", (FAILED, *RELEASE, LOSSES, TELL_OF_JOB), locks="workspace_id")
FAIL_UNHELD = Write("fail_unheld", (FAILED, LOSSES, TELL_OF_JOB), locks="workspace_id")

CANCELLED = Statement(
    """
    UPDATE job SET state = 'failed', error_code = :error_code, error_message = :error_message,
                   outcome = 'unknown', ended_at = NOW_US()
    WHERE id = :job_id AND lease = :lease AND state = 'processing'
      AND (repeatable = 1 OR try_no = 0)
    RETURNING id
    """,
    refusal="goes_on",
)
CANCEL = Write("cancel", (CANCELLED, *RELEASE, TELL_OF_JOB), locks="workspace_id")
CANCEL_UNHELD = Write("cancel_unheld", (CANCELLED, TELL_OF_JOB), locks="workspace_id")
"""Any process may cancel: whoever writes the job's end first has ended it."""

FIRST_TRY = Write(
    "first_try",
    (
        Statement(
            """
            UPDATE job SET try_no = 1, started_at = NOW_US(),
                           deadline_at = NOW_US() + CAST(:deadline_us AS BIGINT)
            WHERE id = :job_id AND lease = :lease AND state = 'processing' RETURNING id
            """,
            refusal="not_ours",
        ),
    ),
    locks="workspace_id",
)

NEXT_TRY = Write(
    "next_try",
    (
        Statement(
            """
            UPDATE job SET try_no = try_no + 1, provider = :provider, repeatable = :repeatable,
                           task_ref = NULL, resumption = NULL,
                           model = COALESCE(CAST(:model AS TEXT), model),
                           params = COALESCE(CAST(:params AS TEXT), params),
                           quote = COALESCE(CAST(:quote AS TEXT), quote),
                           price_version = COALESCE(CAST(:price_version AS TEXT), price_version)
            WHERE id = :job_id AND lease = :lease AND state = 'processing' RETURNING id
            """,
            refusal="not_ours",
        ),
    ),
    locks="workspace_id",
)

ACCEPTED = Write(
    "accepted",
    (
        Statement(
            """
            UPDATE job SET task_ref = :task_ref, resumption = :resumption
            WHERE id = :job_id AND lease = :lease AND state = 'processing' RETURNING id
            """,
            refusal="not_ours",
        ),
    ),
    locks="workspace_id",
)
"""From now on whoever has the job can ask its provider what became of the task."""

HAND_OVER = Write(
    "hand_over",
    (
        Statement(
            """
            UPDATE job SET lease_until = NOW_US() - 1
            WHERE id = :job_id AND lease = :lease AND state = 'processing'
              AND task_ref IS NOT NULL
            RETURNING id
            """,
            refusal="not_ours",
        ),
    ),
    locks="workspace_id",
)
"""The lease is over, so that whoever comes by next may go on, in the same millisecond too."""

PROGRESS = Write(
    "progress",
    (
        Statement(
            """
            UPDATE job SET progress = :progress
            WHERE id = :job_id AND lease = :lease AND state = 'processing' AND progress < :progress
            """
        ),
    ),
    locks="workspace_id",
)

BEAT = Write(
    "beat",
    (
        Statement(
            """
            UPDATE job SET lease_until = NOW_US() + CAST(:lease_us AS BIGINT)
            WHERE id = :job_id AND lease = :lease AND state = 'processing' RETURNING id
            """,
            refusal="not_ours",
        ),
        Statement(
            """
            UPDATE hold SET expires_at = NOW_US() + CAST(:hold_us AS BIGINT)
            WHERE job_id = :job_id AND state = 'open'
              AND expires_at < NOW_US() + CAST(:hold_us AS BIGINT)
            """
        ),
    ),
    locks="workspace_id",
)

NOW = "SELECT NOW_US()"

RUNNING = "SELECT COUNT(*) FROM job WHERE key_id = :key_id AND state = 'processing'"

STALE = """
    SELECT j.id, j.workspace_id, j.ledger, j.lease, h.plan, h.topup,
           CASE WHEN h.expires_at < NOW_US() THEN 'expired' ELSE 'released' END, j.try_no,
           CASE WHEN j.task_ref IS NULL THEN 0 ELSE 1 END, j.deadline_at - NOW_US(), j.quote,
           j.task, j.model
    FROM job j JOIN hold h ON h.job_id = j.id
    WHERE j.state = 'processing' AND j.lease_until < NOW_US()
    ORDER BY j.lease_until LIMIT 200
"""

CLAIMED = Statement(
    """
    UPDATE job SET lease = lease + 1, owner = :owner,
                   lease_until = NOW_US() + CAST(:lease_us AS BIGINT)
    WHERE id = :job_id AND lease = :lease AND state = 'processing'
      AND lease_until < NOW_US()
    RETURNING id
    """,
    refusal="taken",
)

CLAIM = Write("claim", (CLAIMED,), locks="workspace_id")

CLAIM_TASK = Write(
    "claim_task",
    (
        CLAIMED,
        Statement(
            """
            UPDATE hold SET expires_at = CASE
                WHEN expires_at < NOW_US() + CAST(:hold_us AS BIGINT)
                THEN NOW_US() + CAST(:hold_us AS BIGINT) ELSE expires_at END
            WHERE job_id = :job_id AND state = 'open' RETURNING job_id
            """,
            refusal="hold_ended",
        ),
    ),
    locks="workspace_id",
)
"""The same for a job that goes on: so must its hold."""

COMPLETED_BY = """
    SELECT id FROM job WHERE id = :job_id AND lease = :lease AND state = 'completed'
"""

TASK = """
    SELECT j.provider, j.task, j.model, j.n, j.params, j.quote, j.task_ref, j.resumption,
           j.price_version, j.deadline_at - NOW_US()
    FROM job j WHERE j.id = :job_id
"""

LEFT_BEHIND = """
    SELECT provider, task_ref FROM job WHERE id = :job_id AND task_ref IS NOT NULL
"""

COLUMNS = """
    SELECT j.id, j.workspace_id, j.request_id, j.modality, j.model, j.state, j.progress, j.charged,
           j.error_code, j.error_message, j.sealed, j.created_at, j.ended_at, j.key_id,
           CASE WHEN h.state = 'open' THEN h.plan + h.topup ELSE 0 END, j.ledger,
           j.left_at, j.try_no
    FROM job j LEFT JOIN hold h ON h.job_id = j.id
"""

CANCELLABLE = """
    SELECT j.lease, h.plan, h.topup, j.task FROM job j JOIN hold h ON h.job_id = j.id
    WHERE j.id = :job_id AND j.workspace_id = :workspace_id AND j.ledger = :ledger
      AND j.state = 'processing' AND (j.repeatable = 1 OR j.try_no = 0)
"""

RETOLD = "SELECT n, params, cost, outcome, answer FROM job WHERE id = :job_id"

JOB = f"""
    {COLUMNS} WHERE j.id = :job_id AND j.workspace_id = :workspace_id AND j.ledger = :ledger
"""

PAGE = f"""
    {COLUMNS}
    WHERE j.workspace_id = :workspace_id AND j.ledger = :ledger
      AND j.created_at >= CAST(:since AS BIGINT) AND j.created_at <= CAST(:until AS BIGINT)
      AND (j.created_at < CAST(:until AS BIGINT) OR j.id < :below)
      AND (CAST(:key_id AS TEXT) IS NULL OR j.key_id = :key_id)
      AND (CAST(:state AS TEXT) IS NULL OR :state = CASE
           WHEN j.state = 'processing' AND j.try_no = 0 THEN 'queued' ELSE j.state END)
      AND (CAST(:model AS TEXT) IS NULL OR j.model = :model)
    ORDER BY j.created_at DESC, j.id DESC LIMIT CAST(:most AS BIGINT)
"""
"""Jobs older than the moment `until`, or of that moment and with an id below `below`."""
