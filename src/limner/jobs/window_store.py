"""SQL of the sliding window. A row of `passage` is one request that passed, with the sums up to it.

What passed in the last minute is the newest row less the newest one older than a minute, however
many lie between them. `at` never falls, even where the clock does.
"""

from limner.db.base import Statement, Write

ASKED = """
    SELECT CAST(:scope_{number} AS TEXT) AS scope, CAST(:requests_{number} AS BIGINT) AS requests,
           CAST(:images_{number} AS BIGINT) AS images, CAST(:pixels_{number} AS BIGINT) AS pixels
"""

NEWEST = "(SELECT MAX(p.seq) FROM passage p WHERE p.scope = {scope})"
BEFORE = """
    (SELECT p.seq FROM passage p
     WHERE p.scope = {scope} AND p.at <= NOW_US() - CAST(:window_us AS BIGINT)
     ORDER BY p.at DESC, p.seq DESC LIMIT 1)
"""

PASS = Statement(
    f"""
    WITH asked AS ({ASKED.format(number=1)} UNION ALL {ASKED.format(number=2)}),
    counted AS (
        SELECT a.scope, COALESCE(n.seq, 0) + 1 AS seq,
               CASE WHEN n.at > NOW_US() THEN n.at ELSE NOW_US() END AS at,
               COALESCE(n.images, 0) + CAST(:images AS BIGINT) AS images,
               COALESCE(n.pixels, 0) + CAST(:pixels AS BIGINT) AS pixels,
               CASE WHEN COALESCE(n.seq, 0) + 1 - COALESCE(b.seq, 0) > a.requests
                      OR COALESCE(n.images, 0) + CAST(:images AS BIGINT)
                         - COALESCE(b.images, 0) > a.images
                      OR COALESCE(n.pixels, 0) + CAST(:pixels AS BIGINT)
                         - COALESCE(b.pixels, 0) > a.pixels
                    THEN 1 ELSE 0 END AS too_much
        FROM asked a
        LEFT JOIN passage n ON n.scope = a.scope AND n.seq = {NEWEST.format(scope="a.scope")}
        LEFT JOIN passage b ON b.scope = a.scope AND b.seq = {BEFORE.format(scope="a.scope")}
        WHERE a.scope IS NOT NULL)
    INSERT INTO passage (scope, seq, at, images, pixels)
    SELECT scope, seq, at, images, pixels FROM counted
    WHERE NOT EXISTS (SELECT 1 FROM counted c WHERE c.too_much = 1)
    RETURNING scope
    """,
    refusal="rate",
    each="passes",
)
"""Both scopes pass or neither does. It is the first gate, whose refusal undoes nobody else."""

FREED = """
    CASE WHEN CAST(:{measure}_most AS BIGINT) IS NOT NULL THEN
        (SELECT p.at FROM passage p
         WHERE p.scope = CAST(:scope AS TEXT) AND p.seq > COALESCE(b.seq, 0)
           AND p.{column} >= n.{column} + CAST(:{measure}_wanted AS BIGINT)
                             - CAST(:{measure}_most AS BIGINT)
         ORDER BY p.seq LIMIT 1) END
"""

WINDOW = f"""
    SELECT NOW_US(), n.seq - COALESCE(b.seq, 0), n.images - COALESCE(b.images, 0),
           n.pixels - COALESCE(b.pixels, 0),
           (SELECT p.at FROM passage p
            WHERE p.scope = CAST(:scope AS TEXT) AND p.seq > COALESCE(b.seq, 0)
            ORDER BY p.seq LIMIT 1),
           {FREED.format(column="seq", measure="requests")},
           {FREED.format(column="images", measure="images")},
           {FREED.format(column="pixels", measure="pixels")}
    FROM (SELECT 1 AS one) AS row_one
    LEFT JOIN passage n ON n.scope = CAST(:scope AS TEXT)
                       AND n.seq = {NEWEST.format(scope="CAST(:scope AS TEXT)")}
    LEFT JOIN passage b ON b.scope = CAST(:scope AS TEXT)
                       AND b.seq = {BEFORE.format(scope="CAST(:scope AS TEXT)")}
"""
"""What is in the window, its oldest row, and the row whose leaving makes room for what is wanted.
"""

TRIM = Write(
    "trim_passage",
    (
        Statement(
            f"""
            DELETE FROM passage WHERE seq < {BEFORE.format(scope="passage.scope")}
            """
        ),
    ),
)
"""Keeps of every scope one row from before the window, which all later ones are measured from."""
