"""What M-PESA may have given back already waits for two people, whoever asks."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

GUARDS = """
CREATE FUNCTION disbursement_guard_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'an answer begins as a proposal' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'proposed' THEN
        RAISE EXCEPTION 'answer % is decided already', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF (OLD.id, OLD.refund_id, OLD.how, OLD.receipt, OLD.reversed_at, OLD.reason, OLD.maker_id, OLD.proposed_at)
        IS DISTINCT FROM
       (NEW.id, NEW.refund_id, NEW.how, NEW.receipt, NEW.reversed_at, NEW.reason, NEW.maker_id, NEW.proposed_at)
    THEN
        RAISE EXCEPTION 'what answer % proposes is not changed', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER disbursement_answer_is_guarded BEFORE INSERT OR UPDATE ON disbursement_answer
    FOR EACH ROW EXECUTE FUNCTION disbursement_guard_answer();
CREATE TRIGGER disbursement_answer_stays BEFORE DELETE OR TRUNCATE ON disbursement_answer
    FOR EACH STATEMENT EXECUTE FUNCTION disbursement_refuse_change();

-- A doubt ends by an answer that was approved at that moment, or by the entry of the very reversal that raised it, where
-- that has paid the refund; and by nothing else.
CREATE FUNCTION disbursement_guard_doubt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.ended_at IS NOT NULL THEN
            RAISE EXCEPTION 'a doubt begins open' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.ended_at IS NOT NULL OR (OLD.id, OLD.refund_id, OLD.about, OLD.words, OLD.raised_at)
        IS DISTINCT FROM (NEW.id, NEW.refund_id, NEW.about, NEW.words, NEW.raised_at)
    THEN
        RAISE EXCEPTION 'what doubt % says is not changed', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT FROM disbursement_answer
        WHERE refund_id = NEW.refund_id AND state = 'approved' AND decided_at = NEW.ended_at
    ) AND NOT EXISTS (
        SELECT FROM ledger_entry entry JOIN ledger_posting posting ON posting.entry_id = entry.id
        JOIN ledger_account account ON account.id = posting.account_id AND account.code = 'refunds:' || NEW.refund_id
        WHERE 'reversed:' || substr(NEW.about, 10) = entry.key AND NEW.about LIKE 'reversal:%' AND posting.amount_cents > 0
    ) THEN
        RAISE EXCEPTION 'two people end doubt %', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER disbursement_doubt_is_guarded BEFORE INSERT OR UPDATE ON disbursement_doubt
    FOR EACH ROW EXECUTE FUNCTION disbursement_guard_doubt();
CREATE TRIGGER disbursement_doubt_stays BEFORE DELETE OR TRUNCATE ON disbursement_doubt
    FOR EACH STATEMENT EXECUTE FUNCTION disbursement_refuse_change();

-- As long as there is one, its refund stays held. What M-PESA says of money that had left before is taken in, and what
-- that makes it wait for does not hide why it is held.
CREATE FUNCTION disbursement_keep_doubted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    doubt text;
BEGIN
    SELECT words INTO doubt FROM disbursement_doubt WHERE refund_id = NEW.id AND ended_at IS NULL ORDER BY id LIMIT 1;
    IF doubt IS NULL OR NEW.state = 'paid' THEN
        RETURN NEW;
    END IF;
    IF NEW.state = 'used' OR (OLD.state, NEW.state)
        IN (('reconciled', 'filed'), ('filed', 'batched'), ('reconciled', 'sent'))
        OR (NEW.waits_for = '' AND NEW.state <> 'sent')
    THEN
        RAISE EXCEPTION 'refund % may have been given back already', NEW.number USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.waits_for <> 'operator' THEN
        NEW.waits_for := 'operator';
        NEW.remark := doubt;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER disbursement_refund_doubted_stays BEFORE UPDATE OF state, waits_for ON refunds_refund
    FOR EACH ROW WHEN (OLD.waits_for = 'operator' AND NEW.waits_for <> 'operator' OR OLD.state <> NEW.state)
    EXECUTE FUNCTION disbursement_keep_doubted();

-- Those that are held so today, by the words of their holds; there was nothing else to tell them by.
INSERT INTO disbursement_doubt (refund_id, about, words, raised_at)
SELECT id, 'held before', remark, coalesce(reconciled_at, owed_at) FROM refunds_refund
WHERE state NOT IN ('paid', 'used') AND waits_for = 'operator' AND (
    remark LIKE 'M-PESA took % back itself. It must not be paid a second time.'
    OR remark LIKE 'The payment had been reversed before, %'
);
"""

UNDO = """
DROP TRIGGER disbursement_refund_doubted_stays ON refunds_refund;
DROP TRIGGER disbursement_doubt_stays ON disbursement_doubt;
DROP TRIGGER disbursement_doubt_is_guarded ON disbursement_doubt;
DROP TRIGGER disbursement_answer_stays ON disbursement_answer;
DROP TRIGGER disbursement_answer_is_guarded ON disbursement_answer;
DROP FUNCTION disbursement_keep_doubted, disbursement_guard_doubt, disbursement_guard_answer;
"""


def _person(*, is_decider: bool = False) -> models.ForeignKey:
    return models.ForeignKey(
        null=is_decider, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
    )


def _refund(name: str) -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name=name, to="refunds.refund")


class Migration(migrations.Migration):
    dependencies = [
        ("disbursement", "0003_goodwill"),
        ("refunds", "0006_goodwill"),
        ("ledger", "0005_tying_out"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Doubt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "about",
                    models.CharField(
                        help_text="For instance reversal:SG632NMUAB: the fact that raised it.", max_length=64
                    ),
                ),
                ("words", models.CharField(max_length=200)),
                ("raised_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("refund", _refund("doubts")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("refund", "about"), name="doubt_raised_once"),
                    models.CheckConstraint(name="doubt_has_words", condition=~Q(about="") & ~Q(words="")),
                ],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("again", "It was not given back: pay it"),
                            ("reversed", "It was already reversed: close it"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "receipt",
                    models.CharField(blank=True, default="", help_text="M-PESA's, of the reversal.", max_length=10),
                ),
                ("reversed_at", models.DateTimeField(help_text="By M-PESA's clock.", null=True)),
                ("reason", models.CharField(max_length=300)),
                ("proposed_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Waits for a second person"),
                            ("approved", "Approved"),
                            ("refused", "Refused"),
                        ],
                        default="proposed",
                        max_length=8,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "remark",
                    models.CharField(blank=True, default="", help_text="Why it was refused.", max_length=300),
                ),
                ("decider", _person(is_decider=True)),
                ("maker", _person()),
                ("refund", _refund("answers")),
            ],
            options={
                "indexes": [models.Index(condition=Q(state="proposed"), fields=["id"], name="answer_to_decide")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(state="proposed"), fields=("refund",), name="answer_one_open"
                    ),
                    models.CheckConstraint(
                        name="answer_by_four_eyes", condition=Q(decider=None) | ~Q(decider=F("maker"))
                    ),
                    models.CheckConstraint(name="answer_for_a_reason", condition=~Q(reason="")),
                    models.CheckConstraint(
                        name="answer_names_the_reversal",
                        condition=Q(how="again", receipt="", reversed_at=None)
                        | Q(how="reversed", receipt__regex=r"^[0-9A-Z]{10}$", reversed_at__isnull=False),
                    ),
                    models.CheckConstraint(
                        name="answer_decided_by_somebody",
                        condition=Q(state="proposed", decider=None, decided_at=None, remark="")
                        | Q(state="approved", decider__isnull=False, decided_at__isnull=False, remark="")
                        | (Q(state="refused", decider__isnull=False, decided_at__isnull=False) & ~Q(remark="")),
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
