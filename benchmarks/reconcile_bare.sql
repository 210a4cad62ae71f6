-- What DuckDB by itself needs for the same files: both sides by receipt, joined, each pair called by its name, and counted.
WITH ours AS (
    SELECT receipt, count(*) AS n, sum(cents) AS cents, min(cents) AS least, max(cents) AS most, min(seconds) AS seconds
    FROM '{ours}' GROUP BY receipt
), theirs AS (
    SELECT receipt, count(*) AS n, sum(cents) AS cents, min(cents) AS least, max(cents) AS most, min(seconds) AS seconds
    FROM '{theirs}' GROUP BY receipt
), cases AS (
    SELECT CASE
        WHEN ours.n IS NULL THEN 'missing-ours'
        WHEN theirs.n IS NULL THEN 'missing-theirs'
        WHEN ours.n = 1 AND theirs.n = 1 AND ours.cents = theirs.cents AND abs(ours.seconds - theirs.seconds) > 86400
            THEN 'late'
        WHEN ours.n = 1 AND theirs.n = 1 AND ours.cents = theirs.cents THEN 'matched'
        WHEN theirs.n = 1 AND ours.cents = theirs.cents THEN 'one-to-many'
        WHEN ours.n = 1 AND ours.cents = theirs.cents THEN 'many-to-one'
        WHEN theirs.n = 1 AND ours.least = theirs.cents AND ours.most = theirs.cents THEN 'duplicate-ours'
        WHEN ours.n = 1 AND theirs.least = ours.cents AND theirs.most = ours.cents THEN 'duplicate-theirs'
        ELSE 'amount'
    END AS verdict, ours.cents AS ours_cents, theirs.cents AS theirs_cents
    FROM ours FULL JOIN theirs USING (receipt)
)
SELECT verdict, count(*) AS cases, sum(ours_cents) AS ours_cents, sum(theirs_cents) AS theirs_cents
FROM cases GROUP BY verdict ORDER BY verdict
