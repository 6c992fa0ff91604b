"""Rules of money: wallets, holds and postings tell one story, and nobody has rewritten it."""

from limner.audit.rule import Rule

SUMS = """
    WITH entry AS (
        SELECT ledger, credit AS account, amount FROM posting
        UNION ALL SELECT ledger, debit, -amount FROM posting
    ), posted AS (
        SELECT ledger, account, SUM(amount) AS amount FROM entry GROUP BY ledger, account
    )
"""

HELD = """
    WITH open_hold AS (
        SELECT workspace_id, ledger, SUM(plan) AS plan, SUM(topup) AS topup
        FROM hold WHERE state = 'open' GROUP BY workspace_id, ledger
    )
"""

OF_BUDGET = "(j.key_id = b.scope OR (j.workspace_id = b.scope AND j.ledger = 'live'))"

CHARGED_SINCE = f"""
    (SELECT COALESCE(SUM(p.amount), 0) FROM posting p JOIN job j ON j.id = p.job_id
     WHERE p.kind = 'settle' AND p.at >= {{moment}} AND {OF_BUDGET})
"""
"""At midnight a charge and its line in a budget may be of two months, by some milliseconds."""

# A month has 28 to 31 days, so that so many of them, and half of one, divided by their average give
# their number: 15 days are 1296000000000 microseconds, the average month 2629746000000.
MONEY_RULES = (
    Rule(
        "I1",
        "a balance is the sum of its ledger entries",
        f"""{SUMS}
            SELECT w.workspace_id, w.ledger FROM wallet w
            LEFT JOIN posted p ON p.ledger = w.ledger AND p.account = w.workspace_id || '/plan'
            LEFT JOIN posted t ON t.ledger = w.ledger AND t.account = w.workspace_id || '/topup'
            WHERE w.plan <> COALESCE(p.amount, 0) OR w.topup <> COALESCE(t.amount, 0)""",
    ),
    Rule(
        "I1",
        "money is posted to accounts that exist",
        f"""{SUMS}
            SELECT p.ledger, p.account FROM posted p
            WHERE p.account NOT IN ('revenue', 'grants', 'losses')
              AND NOT EXISTS (
                SELECT 1 FROM wallet w WHERE w.ledger = p.ledger
                  AND p.account IN (w.workspace_id || '/plan', w.workspace_id || '/topup'))""",
    ),
    Rule(
        "I2",
        "what is held is the sum of open holds, and never more than there is",
        f"""{HELD}
            SELECT w.workspace_id, w.ledger FROM wallet w
            LEFT JOIN open_hold h ON h.workspace_id = w.workspace_id AND h.ledger = w.ledger
            WHERE w.plan_held <> COALESCE(h.plan, 0) OR w.topup_held <> COALESCE(h.topup, 0)
               OR w.plan < w.plan_held OR w.topup < w.topup_held""",
    ),
    Rule(
        "I2",
        "what a budget holds is the sum of open holds",
        f"""SELECT b.scope FROM budget b
            WHERE b.held <> (
                SELECT COALESCE(SUM(h.plan + h.topup), 0) FROM hold h JOIN job j ON j.id = h.job_id
                WHERE h.state = 'open' AND {OF_BUDGET})""",
    ),
    Rule(
        "I3",
        "every job has a hold, and both end in the same way",
        """SELECT j.id, j.state, h.state FROM job j LEFT JOIN hold h ON h.job_id = j.id
           WHERE h.job_id IS NULL
              OR (j.state = 'completed') <> (h.state = 'settled')
              OR (j.state = 'failed' AND h.state = 'open')""",
    ),
    Rule(
        "I3",
        "every hold has a job",
        """SELECT h.job_id, h.state FROM hold h
           WHERE NOT EXISTS (SELECT 1 FROM job j WHERE j.id = h.job_id)""",
    ),
    Rule(
        "I4",
        "a charge is never above its hold",
        "SELECT job_id FROM hold WHERE plan_charged > plan OR topup_charged > topup",
    ),
    Rule(
        "I5",
        "what corrects a line names one of the same workspace, and turns it round",
        """SELECT c.operation, c.corrects FROM posting c
           LEFT JOIN posting o ON o.operation = c.corrects
           WHERE c.corrects IS NOT NULL
             AND (o.operation IS NULL OR o.ledger <> c.ledger OR o.corrects IS NOT NULL
                  OR COALESCE(o.workspace_id, '') <> COALESCE(c.workspace_id, '')
                  OR COALESCE(o.job_id, '') <> COALESCE(c.job_id, '')
                  OR o.debit <> c.credit OR o.credit <> c.debit)""",
    ),
    Rule(
        "I5",
        "refunds correct charges, corrections what was given, and nothing else corrects",
        """SELECT c.operation, c.kind FROM posting c LEFT JOIN posting o ON o.operation = c.corrects
           WHERE (c.kind IN ('refund', 'correct') OR c.corrects IS NOT NULL)
             AND NOT (c.kind = 'refund' AND COALESCE(o.kind, '') = 'settle')
             AND NOT (c.kind = 'correct' AND COALESCE(o.debit, '') = 'grants')""",
    ),
    Rule(
        "I5",
        "no line goes back beyond what it moved",
        """SELECT o.operation, o.amount, SUM(c.amount) FROM posting c
           JOIN posting o ON o.operation = c.corrects
           WHERE c.corrects IS NOT NULL
           GROUP BY o.operation, o.amount HAVING SUM(c.amount) > o.amount""",
    ),
    Rule(
        "I6",
        "no open hold is long past its expiry",
        "SELECT job_id FROM hold WHERE state = 'open' AND expires_at < NOW_US() - 30000000",
    ),
    Rule(
        "I7",
        "job, hold and ledger tell the same charge",
        """SELECT h.job_id FROM hold h JOIN job j ON j.id = h.job_id
           LEFT JOIN posting p ON p.operation = 'settle/' || h.job_id || '/plan'
           LEFT JOIN posting t ON t.operation = 'settle/' || h.job_id || '/topup'
           WHERE j.charged <> h.plan_charged + h.topup_charged
              OR h.plan_charged <> COALESCE(p.amount, 0)
              OR h.topup_charged <> COALESCE(t.amount, 0)""",
    ),
    Rule(
        "I7",
        "a charge is posted from its own workspace's account to revenue, and for a job",
        """SELECT p.operation FROM posting p LEFT JOIN hold h ON h.job_id = p.job_id
           WHERE p.kind = 'settle'
             AND (h.job_id IS NULL OR p.ledger <> h.ledger OR p.credit <> 'revenue'
                  OR p.operation NOT IN ('settle/' || h.job_id || '/plan',
                                         'settle/' || h.job_id || '/topup')
                  OR p.debit NOT IN (h.workspace_id || '/plan', h.workspace_id || '/topup'))""",
    ),
    Rule(
        "I7",
        "a budget counts what was charged in its month",
        f"""SELECT b.scope FROM budget b
            WHERE b.period = THIS_MONTH()
              AND b.charged NOT BETWEEN {CHARGED_SINCE.format(moment="MONTH_US() + 10000000")}
                                    AND {CHARGED_SINCE.format(moment="MONTH_US() - 10000000")}""",
    ),
    Rule(
        "I8",
        "no move of a job was posted twice",
        """SELECT job_id, kind, debit FROM posting WHERE job_id IS NOT NULL AND corrects IS NULL
           GROUP BY job_id, kind, debit HAVING COUNT(*) > 1""",
    ),
    Rule(
        "I8",
        "a plan's month is given once",
        """SELECT w.id, w.plan, COUNT(*) FROM workspace w
           JOIN posting p ON p.workspace_id = w.id AND p.kind = 'plan' AND p.at > w.plan_since
            AND p.operation <> 'live/' || w.id || '/plan/' || w.plan_since
           GROUP BY w.id, w.plan, w.plan_since, w.plan_renews_at
           HAVING COUNT(*) >= (w.plan_renews_at - w.plan_since + 1296000000000) / 2629746000000""",
    ),
    Rule(
        "I8",
        "plans give and expire the credits of plans, and no other",
        """SELECT operation FROM posting
           WHERE (kind = 'plan' AND (debit <> 'grants' OR ledger <> 'live'
                  OR credit <> COALESCE(workspace_id, '') || '/plan'))
              OR (kind = 'expire' AND (credit <> 'grants' OR ledger <> 'live'
                  OR debit <> COALESCE(workspace_id, '') || '/plan'))""",
    ),
    Rule(
        "I8",
        "a loss is booked once, for a job that failed, brought less, or was tried elsewhere",
        """SELECT p.operation FROM posting p LEFT JOIN job j ON j.id = p.job_id
           WHERE p.kind = 'loss'
             AND (j.id IS NULL OR p.operation <> 'loss/' || p.job_id OR j.state = 'processing'
                  OR (j.state = 'completed' AND j.pictures >= j.n AND j.try_no < 2))""",
    ),
)
