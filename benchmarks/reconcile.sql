-- {n} lines of a statement over thirty days, and what we booked of them: 0.5 % booked in four pieces, 0.1 % with another
-- amount, 0.1 % missing on each side, 0.05 % twice on each side, 0.05 % two days late, and 0.1 % without a receipt, of which
-- half is known by its reference and half by number, amount and time.
CREATE OR REPLACE TABLE seed AS
SELECT i, hash(i) % 10000 AS lot, 100 * (10 + hash(i, 1) % 50000)::BIGINT AS cents,
       1772400000 + (i * 2592000 // {n}) AS seconds,
       'U' || upper(lpad(to_base(i, 36), 9, '0')) AS receipt, 'SP' || lpad(to_base(i, 36), 8, '0') AS reference,
       '2547' || lpad((hash(i, 2) % 100000000)::VARCHAR, 8, '0') AS msisdn
FROM range({n}) AS generated(i);

COPY (
    SELECT i AS id, receipt, reference, msisdn, cents, seconds FROM seed WHERE lot NOT BETWEEN 0 AND 9
    UNION ALL SELECT i + {n}, receipt, reference, msisdn, cents, seconds FROM seed WHERE lot BETWEEN 10 AND 14
    ORDER BY seconds, id
) TO '{theirs}' (FORMAT parquet, COMPRESSION zstd);

COPY (
    SELECT i AS id, CASE WHEN lot BETWEEN 100 AND 109 THEN '' ELSE receipt END AS receipt,
           CASE WHEN lot BETWEEN 105 AND 109 THEN '' ELSE reference END AS reference, msisdn,
           CASE WHEN lot BETWEEN 20 AND 29 THEN cents + 100 ELSE cents END AS cents,
           CASE WHEN lot BETWEEN 30 AND 34 THEN seconds + 172800 ELSE seconds END AS seconds
    FROM seed WHERE lot NOT BETWEEN 40 AND 99 UNION ALL
    SELECT i + (part + 1) * {n}, receipt, reference, msisdn,
           CASE WHEN part = 0 THEN cents - 3 * (cents // 4) ELSE cents // 4 END, seconds
    FROM seed, range(4) AS pieces(part) WHERE lot BETWEEN 50 AND 99 UNION ALL
    SELECT i + 5 * {n}, receipt, reference, msisdn, cents, seconds FROM seed WHERE lot BETWEEN 110 AND 114
    ORDER BY seconds, id
) TO '{ours}' (FORMAT parquet, COMPRESSION zstd);
DROP TABLE seed;
