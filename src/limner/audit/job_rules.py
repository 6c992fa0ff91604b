"""Rules of jobs, what they made, and who may have it."""

from limner.audit.rule import Rule

JOB_RULES = (
    Rule(
        "I9",
        "every job has ended a minute after its deadline",
        "SELECT id FROM job WHERE state = 'processing' AND deadline_at < NOW_US() - 60000000",
    ),
    Rule(
        "I9",
        "a job that has ended has an end, and a failed one cost nothing",
        """SELECT id FROM job
           WHERE (state = 'failed' AND (charged <> 0 OR error_code IS NULL))
              OR (state <> 'processing' AND (ended_at IS NULL OR outcome IS NULL))""",
    ),
    Rule(
        "I11",
        # One call for music gives several takes, so they cannot be counted against what was asked.
        "completed jobs have pictures, and no more than were asked for",
        """SELECT j.id, j.state FROM job j
           LEFT JOIN (SELECT job_id, COUNT(*) AS made FROM artifact GROUP BY job_id) a
             ON a.job_id = j.id
           WHERE (j.state = 'completed') <> (a.made IS NOT NULL)
              OR (a.made > j.n AND j.modality <> 'music')""",
    ),
    Rule(
        "I11",
        "every picture belongs to a job",
        """SELECT a.id FROM artifact a
           WHERE NOT EXISTS (SELECT 1 FROM job j WHERE j.id = a.job_id)""",
    ),
    Rule(
        "P2",
        "the terms a job was accepted at are written down, and are its model's",
        """SELECT j.id, j.price_version FROM job j LEFT JOIN price p ON p.version = j.price_version
           WHERE j.price_version IS NOT NULL AND (p.version IS NULL OR p.model <> j.model)""",
    ),
    Rule(
        "I16",
        "what a workspace has stored is the sum of its files",
        """SELECT w.id FROM workspace w
           LEFT JOIN storage s ON s.workspace_id = w.id
           LEFT JOIN (SELECT workspace_id, COUNT(*) AS files, SUM(bytes) AS bytes FROM file
                      WHERE deleted_at IS NULL GROUP BY workspace_id) f ON f.workspace_id = w.id
           WHERE COALESCE(s.files, 0) <> COALESCE(f.files, 0)
              OR COALESCE(s.bytes, 0) <> COALESCE(f.bytes, 0)""",
    ),
    Rule(
        "I15",
        "a blob has as many pictures and files as it counts, with its SHA-256 and size",
        """SELECT b.name FROM blob b
           LEFT JOIN (SELECT stored_as, sha256, bytes, workspace_id, 'pictures' AS space
                      FROM artifact WHERE deleted_at IS NULL AND stored_as IS NOT NULL
                      UNION ALL
                      SELECT original_as, original_sha256, original_bytes, workspace_id, 'pictures'
                      FROM artifact WHERE deleted_at IS NULL AND original_as IS NOT NULL
                      UNION ALL
                      SELECT stored_as, sha256, bytes, workspace_id, 'files' FROM file
                      WHERE deleted_at IS NULL AND stored_as IS NOT NULL) r
             ON r.stored_as = b.name AND r.space = b.space AND r.sha256 = b.sha256
                AND r.bytes = b.bytes AND r.workspace_id = b.workspace_id
           GROUP BY b.name, b.refs HAVING COUNT(r.stored_as) <> b.refs OR b.refs = 0""",
    ),
    Rule(
        "I15",
        "every picture and file that shares a blob is counted there",
        """SELECT r.id FROM (SELECT id, stored_as FROM artifact
                             WHERE deleted_at IS NULL AND stored_as IS NOT NULL
                             UNION ALL
                             SELECT id, original_as FROM artifact
                             WHERE deleted_at IS NULL AND original_as IS NOT NULL
                             UNION ALL
                             SELECT id, stored_as FROM file
                             WHERE deleted_at IS NULL AND stored_as IS NOT NULL) r
           LEFT JOIN blob b ON b.name = r.stored_as
           WHERE b.name IS NULL""",
    ),
    Rule(
        "I18",
        "a job's hold and pictures are its own workspace's",
        """SELECT j.id FROM job j
           JOIN hold h ON h.job_id = j.id
           WHERE h.workspace_id <> j.workspace_id OR h.ledger <> j.ledger
           UNION ALL
           SELECT a.id FROM artifact a JOIN job j ON j.id = a.job_id
           WHERE a.workspace_id <> j.workspace_id""",
    ),
    Rule(
        "I18",
        "a job was asked for with a key of its workspace",
        """SELECT j.id FROM job j JOIN api_key k ON k.id = j.key_id
           WHERE k.workspace_id <> j.workspace_id OR k.kind <> j.ledger""",
    ),
    Rule(
        "I18",
        "a file made of a picture is of the picture's workspace",
        """SELECT f.id FROM file f JOIN artifact a ON a.id = f.artifact_id
           WHERE f.workspace_id <> a.workspace_id""",
    ),
    Rule(
        "I19",
        "no key is stored as it was shown",
        r"""SELECT id FROM api_key
            WHERE LENGTH(digest) <> 64 OR LENGTH(prefix) > 8 OR LENGTH(last_four) > 4
               OR digest LIKE 'inf\_%' ESCAPE '\'""",
    ),
)
