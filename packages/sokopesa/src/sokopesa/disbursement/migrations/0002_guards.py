"""What the database refuses of files, disbursements, rules and redirections."""

from django.db import migrations

FILES = """
-- A file's lines come first and the file after them, so whatever stands in a file was counted, and nothing is added.
CREATE FUNCTION disbursement_check_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong text;
BEGIN
    IF EXISTS (SELECT FROM disbursement_refundfile WHERE id IN (SELECT file_id FROM fresh)) THEN
        RAISE EXCEPTION 'a file that is closed takes no more lines' USING ERRCODE = 'check_violation';
    END IF;

    SELECT string_agg(refund.number, ', ') INTO wrong
    FROM fresh JOIN refunds_refund refund ON refund.id = fresh.refund_id
    WHERE refund.state <> 'filed' OR fresh.state <> 'open'
       OR (fresh.refund_number, fresh.receipt, fresh.cause, fresh.msisdn)
          IS DISTINCT FROM (refund.number, refund.receipt, refund.cause, coalesce(nullif(refund.payee, ''), refund.msisdn));
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'these lines are not as their refunds: %', wrong USING ERRCODE = 'check_violation';
    END IF;

    SELECT string_agg(refund.number, ', ') INTO wrong
    FROM refunds_refund refund
    WHERE refund.id IN (SELECT refund_id FROM fresh) AND (refund.amount_cents + 99) / 100 * 100 < (
        SELECT sum(line.amount_cents) FROM disbursement_fileline line
        WHERE line.refund_id = refund.id AND line.state IN ('open', 'paid')
    );
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'the files would pay more than is owed by these refunds: %', wrong
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER disbursement_fileline_as_its_refund AFTER INSERT ON disbursement_fileline
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION disbursement_check_lines();

CREATE FUNCTION disbursement_check_file() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last record;
    found record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('refund files', 0));
    SELECT number, day INTO last FROM disbursement_refundfile ORDER BY number DESC LIMIT 1;
    IF NEW.number <> coalesce(last.number, 0) + 1 OR NEW.day <= last.day THEN
        RAISE EXCEPTION 'file % of % cannot follow file % of %', NEW.number, NEW.day, last.number, last.day
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT count(*) AS lines, coalesce(sum(amount_cents), 0) AS cents, coalesce(max(position), 0) AS last_position
    INTO found FROM disbursement_fileline WHERE file_id = NEW.id;
    IF NEW.state <> 'closed' OR (NEW.lines, NEW.total_cents, NEW.lines)
        IS DISTINCT FROM (found.lines::int, found.cents::bigint, found.last_position)
    THEN
        RAISE EXCEPTION 'file % does not say what its lines say', NEW.number USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER disbursement_refundfile_follows BEFORE INSERT ON disbursement_refundfile
    FOR EACH ROW EXECUTE FUNCTION disbursement_check_file();

CREATE FUNCTION disbursement_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what % says is not changed or deleted', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER disbursement_refundfile_stays_as_it_was
    BEFORE UPDATE OF id, number, day, cut_off_at, closed_at, shortcode, lines, total_cents, control, sha256, size_bytes
    ON disbursement_refundfile FOR EACH STATEMENT EXECUTE FUNCTION disbursement_refuse_change();
CREATE TRIGGER disbursement_refundfile_stays BEFORE DELETE OR TRUNCATE ON disbursement_refundfile
    FOR EACH STATEMENT EXECUTE FUNCTION disbursement_refuse_change();
CREATE TRIGGER disbursement_fileline_stays_as_it_was
    BEFORE UPDATE OF id, file_id, position, refund_id, refund_number, part, parts, msisdn, amount_cents, receipt, cause
    ON disbursement_fileline FOR EACH STATEMENT EXECUTE FUNCTION disbursement_refuse_change();
CREATE TRIGGER disbursement_fileline_stays BEFORE DELETE OR TRUNCATE ON disbursement_fileline
    FOR EACH STATEMENT EXECUTE FUNCTION disbursement_refuse_change();
CREATE TRIGGER disbursement_delivery_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON disbursement_delivery
    FOR EACH STATEMENT EXECUTE FUNCTION disbursement_refuse_change();
CREATE TRIGGER disbursement_reply_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON disbursement_reply
    FOR EACH STATEMENT EXECUTE FUNCTION disbursement_refuse_change();
CREATE TRIGGER disbursement_instantpayment_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON disbursement_instantpayment
    FOR EACH STATEMENT EXECUTE FUNCTION disbursement_refuse_change();

CREATE FUNCTION disbursement_check_file_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('closed', 'delivered'), ('closed', 'acknowledged'), ('closed', 'rejected'),
        ('delivered', 'acknowledged'), ('delivered', 'rejected')
    ) THEN
        RAISE EXCEPTION 'a file that is % cannot become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER disbursement_refundfile_moves BEFORE UPDATE OF state ON disbursement_refundfile
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION disbursement_check_file_move();

CREATE FUNCTION disbursement_check_line_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a line that is % cannot become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER disbursement_fileline_moves BEFORE UPDATE OF state ON disbursement_fileline
    FOR EACH ROW WHEN (OLD.state <> NEW.state AND OLD.state <> 'open')
    EXECUTE FUNCTION disbursement_check_line_move();
"""

BATCHES = """
CREATE FUNCTION disbursement_check_batch_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM fresh
        JOIN disbursement_batch batch ON batch.id = fresh.batch_id
        JOIN disbursement_fileline line ON line.id = fresh.file_line_id
        JOIN refunds_refund refund ON refund.id = line.refund_id
        WHERE batch.state <> 'prepared' OR line.state <> 'open' OR refund.state <> 'batched'
           OR fresh.is_left_out OR fresh.transfer_id IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'a disbursement takes open lines while it is prepared' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER disbursement_batchline_begins AFTER INSERT ON disbursement_batchline
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION disbursement_check_batch_lines();

CREATE FUNCTION disbursement_guard_batch_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.id, OLD.batch_id, OLD.file_line_id) IS DISTINCT FROM (NEW.id, NEW.batch_id, NEW.file_line_id)
        OR OLD.is_left_out OR OLD.transfer_id IS NOT NULL
        OR NOT EXISTS (SELECT FROM disbursement_batch WHERE id = NEW.batch_id AND state = 'prepared')
    THEN
        RAISE EXCEPTION 'a line of a disbursement is not changed any more' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER disbursement_batchline_is_guarded BEFORE UPDATE ON disbursement_batchline
    FOR EACH ROW EXECUTE FUNCTION disbursement_guard_batch_line();
CREATE TRIGGER disbursement_batchline_stays BEFORE DELETE OR TRUNCATE ON disbursement_batchline
    FOR EACH STATEMENT EXECUTE FUNCTION disbursement_refuse_change();

-- Approving means that there is a transfer for each line, of the same money to the same phone, and no other total.
CREATE FUNCTION disbursement_guard_batch() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last integer;
    found record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('disbursements', 0));
        SELECT max(number) INTO last FROM disbursement_batch;
        IF NEW.number <> coalesce(last, 0) + 1 OR NEW.state <> 'prepared' THEN
            RAISE EXCEPTION 'disbursement % cannot follow %', NEW.number, last USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (OLD.id, OLD.number, OLD.week, OLD.via, OLD.shortcode, OLD.maker_id, OLD.prepared_at)
        IS DISTINCT FROM (NEW.id, NEW.number, NEW.week, NEW.via, NEW.shortcode, NEW.maker_id, NEW.prepared_at)
        OR ((OLD.lines, OLD.total_cents) IS DISTINCT FROM (NEW.lines, NEW.total_cents)
            AND (OLD.state, NEW.state) IS DISTINCT FROM ('prepared', 'prepared'))
        OR (OLD.state <> 'prepared' AND (OLD.approver_id, OLD.approved_at, OLD.cancelled_by_id, OLD.cancelled_at)
            IS DISTINCT FROM (NEW.approver_id, NEW.approved_at, NEW.cancelled_by_id, NEW.cancelled_at))
    THEN
        RAISE EXCEPTION 'what disbursement % pays is not changed', OLD.number USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state = NEW.state THEN
        RETURN NEW;
    END IF;
    IF (OLD.state, NEW.state) NOT IN (('prepared', 'approved'), ('prepared', 'cancelled'), ('approved', 'done')) THEN
        RAISE EXCEPTION 'a disbursement that is % cannot become %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT count(*)::int AS lines, coalesce(sum(line.amount_cents), 0)::bigint AS cents,
           count(*) FILTER (WHERE (transfer.account, transfer.payee, transfer.amount_cents, transfer.part)
               IS DISTINCT FROM ('refunds:' || line.refund_id, line.msisdn, line.amount_cents, line.part)) AS astray,
           count(*) FILTER (WHERE transfer.state IN ('prepared', 'released', 'sent', 'unknown')) AS live
    INTO found
    FROM disbursement_batchline entry
    JOIN disbursement_fileline line ON line.id = entry.file_line_id
    LEFT JOIN payouts_transfer transfer ON transfer.id = entry.transfer_id
    WHERE entry.batch_id = NEW.id AND NOT entry.is_left_out;
    IF NEW.state = 'approved'
        AND (found.astray > 0 OR (found.lines, found.cents) IS DISTINCT FROM (NEW.lines, NEW.total_cents))
    THEN
        RAISE EXCEPTION 'disbursement % would pay something else than its lines', NEW.number
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'cancelled' AND found.lines > 0 OR NEW.state = 'done' AND found.live > 0 THEN
        RAISE EXCEPTION 'disbursement % has lines that may still be paid', NEW.number USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER disbursement_batch_is_guarded BEFORE INSERT OR UPDATE ON disbursement_batch
    FOR EACH ROW EXECUTE FUNCTION disbursement_guard_batch();
CREATE TRIGGER disbursement_batch_stays BEFORE DELETE OR TRUNCATE ON disbursement_batch
    FOR EACH STATEMENT EXECUTE FUNCTION disbursement_refuse_change();
"""

RULES = """
CREATE FUNCTION disbursement_guard_rule() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'a rule begins as a proposal' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (OLD.id, OLD.cause, OLD.up_to_cents, OLD.daily_limit_cents, OLD.via, OLD.reason, OLD.valid_from, OLD.maker_id,
        OLD.proposed_at)
        IS DISTINCT FROM
       (NEW.id, NEW.cause, NEW.up_to_cents, NEW.daily_limit_cents, NEW.via, NEW.reason, NEW.valid_from, NEW.maker_id,
        NEW.proposed_at)
        OR (OLD.state <> 'proposed' AND (OLD.decider_id, OLD.decided_at) IS DISTINCT FROM (NEW.decider_id, NEW.decided_at))
        OR (OLD.state, NEW.state) NOT IN (('proposed', 'approved'), ('proposed', 'refused'), ('approved', 'ended'))
    THEN
        RAISE EXCEPTION 'rule % is not changed; end it and make another', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER disbursement_instantrule_is_guarded BEFORE INSERT OR UPDATE ON disbursement_instantrule
    FOR EACH ROW EXECUTE FUNCTION disbursement_guard_rule();
CREATE TRIGGER disbursement_instantrule_stays BEFORE DELETE OR TRUNCATE ON disbursement_instantrule
    FOR EACH STATEMENT EXECUTE FUNCTION disbursement_refuse_change();

-- Whoever pays by the same rule waits here, and then sees what was paid by it before.
CREATE FUNCTION disbursement_check_instant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong text;
BEGIN
    PERFORM FROM disbursement_instantrule WHERE id IN (SELECT rule_id FROM fresh) ORDER BY id FOR NO KEY UPDATE;

    SELECT string_agg(DISTINCT rule.cause, ', ') INTO wrong
    FROM fresh
    JOIN disbursement_instantrule rule ON rule.id = fresh.rule_id
    JOIN payouts_transfer transfer ON transfer.id = fresh.transfer_id
    JOIN refunds_refund refund ON refund.id = transfer.refund_id
    WHERE rule.state <> 'approved' OR refund.cause <> rule.cause OR refund.amount_cents > rule.up_to_cents
       OR transfer.amount_cents <> fresh.amount_cents OR transfer.released_at < rule.valid_from;
    IF wrong IS NULL THEN
        SELECT string_agg(rule.cause, ', ') INTO wrong
        FROM disbursement_instantrule rule
        JOIN (SELECT DISTINCT rule_id, day FROM fresh) AS touched ON touched.rule_id = rule.id
        WHERE rule.daily_limit_cents < (
            SELECT sum(amount_cents) FROM disbursement_instantpayment paid
            WHERE paid.rule_id = rule.id AND paid.day = touched.day
        );
    END IF;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'no rule in force lets that much leave at once for: %', wrong USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER disbursement_instantpayment_by_its_rule AFTER INSERT ON disbursement_instantpayment
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION disbursement_check_instant();

CREATE FUNCTION disbursement_guard_redirection() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'a redirection begins as a proposal' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'proposed' THEN
        RAISE EXCEPTION 'redirection % is decided already', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF (OLD.id, OLD.refund_id, OLD.payee, OLD.reason, OLD.maker_id, OLD.proposed_at)
        IS DISTINCT FROM (NEW.id, NEW.refund_id, NEW.payee, NEW.reason, NEW.maker_id, NEW.proposed_at)
    THEN
        RAISE EXCEPTION 'what redirection % proposes is not changed', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER disbursement_redirection_is_guarded BEFORE INSERT OR UPDATE ON disbursement_redirection
    FOR EACH ROW EXECUTE FUNCTION disbursement_guard_redirection();
CREATE TRIGGER disbursement_redirection_stays BEFORE DELETE OR TRUNCATE ON disbursement_redirection
    FOR EACH STATEMENT EXECUTE FUNCTION disbursement_refuse_change();

-- Where a refund goes is changed by an approved redirection alone.
CREATE FUNCTION disbursement_check_payee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM disbursement_redirection WHERE refund_id = NEW.id AND payee = NEW.payee AND state = 'approved'
    ) THEN
        RAISE EXCEPTION 'nobody approved that refund % goes to another number', NEW.number
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER disbursement_refund_goes_where_approved BEFORE UPDATE OF payee ON refunds_refund
    FOR EACH ROW WHEN (OLD.payee <> NEW.payee) EXECUTE FUNCTION disbursement_check_payee();
"""

UNDO = """
DROP TRIGGER disbursement_refund_goes_where_approved ON refunds_refund;
DROP TRIGGER disbursement_redirection_stays ON disbursement_redirection;
DROP TRIGGER disbursement_redirection_is_guarded ON disbursement_redirection;
DROP TRIGGER disbursement_instantpayment_by_its_rule ON disbursement_instantpayment;
DROP TRIGGER disbursement_instantpayment_stays ON disbursement_instantpayment;
DROP TRIGGER disbursement_instantrule_stays ON disbursement_instantrule;
DROP TRIGGER disbursement_instantrule_is_guarded ON disbursement_instantrule;
DROP TRIGGER disbursement_batch_stays ON disbursement_batch;
DROP TRIGGER disbursement_batch_is_guarded ON disbursement_batch;
DROP TRIGGER disbursement_batchline_stays ON disbursement_batchline;
DROP TRIGGER disbursement_batchline_is_guarded ON disbursement_batchline;
DROP TRIGGER disbursement_batchline_begins ON disbursement_batchline;
DROP TRIGGER disbursement_fileline_moves ON disbursement_fileline;
DROP TRIGGER disbursement_fileline_stays ON disbursement_fileline;
DROP TRIGGER disbursement_fileline_stays_as_it_was ON disbursement_fileline;
DROP TRIGGER disbursement_fileline_as_its_refund ON disbursement_fileline;
DROP TRIGGER disbursement_refundfile_moves ON disbursement_refundfile;
DROP TRIGGER disbursement_refundfile_stays ON disbursement_refundfile;
DROP TRIGGER disbursement_refundfile_stays_as_it_was ON disbursement_refundfile;
DROP TRIGGER disbursement_refundfile_follows ON disbursement_refundfile;
DROP TRIGGER disbursement_delivery_stays ON disbursement_delivery;
DROP TRIGGER disbursement_reply_stays ON disbursement_reply;
DROP FUNCTION disbursement_check_payee, disbursement_guard_redirection, disbursement_check_instant,
    disbursement_guard_rule, disbursement_guard_batch, disbursement_guard_batch_line, disbursement_check_batch_lines,
    disbursement_check_line_move, disbursement_check_file_move, disbursement_refuse_change, disbursement_check_file,
    disbursement_check_lines;
"""


class Migration(migrations.Migration):
    dependencies = [("disbursement", "0001_initial")]
    operations = [migrations.RunSQL(FILES + BATCHES + RULES, UNDO)]
