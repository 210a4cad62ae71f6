"""Goodwill takes two people, whether it is a gift or tops up a refund; and what is topped up is paid out whole."""

import django.db.models.deletion
import django.db.models.functions.math
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

GUARDS = """
CREATE FUNCTION disbursement_guard_goodwill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'goodwill begins as a proposal' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'proposed' THEN
        RAISE EXCEPTION 'goodwill % is decided already', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF (OLD.id, OLD.purchase_id, OLD.refund_id, OLD.amount_cents, OLD.reason, OLD.maker_id, OLD.proposed_at)
        IS DISTINCT FROM
       (NEW.id, NEW.purchase_id, NEW.refund_id, NEW.amount_cents, NEW.reason, NEW.maker_id, NEW.proposed_at)
    THEN
        RAISE EXCEPTION 'what goodwill % proposes is not changed', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER disbursement_goodwill_is_guarded BEFORE INSERT OR UPDATE ON disbursement_goodwill
    FOR EACH ROW EXECUTE FUNCTION disbursement_guard_goodwill();
CREATE TRIGGER disbursement_goodwill_stays BEFORE DELETE OR TRUNCATE ON disbursement_goodwill
    FOR EACH STATEMENT EXECUTE FUNCTION disbursement_refuse_change();

-- A gift is owed by one approved proposal alone, for its purchase and its amount.
CREATE FUNCTION disbursement_check_gift() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM disbursement_goodwill
        WHERE 'goodwill:' || id = NEW.key AND purchase_id = NEW.purchase_id AND amount_cents = NEW.amount_cents
            AND state = 'approved'
    ) THEN
        RAISE EXCEPTION 'nobody approved the goodwill of refund %', NEW.number USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER disbursement_refund_given_as_approved BEFORE INSERT ON refunds_refund
    FOR EACH ROW WHEN (NEW.cause = 'goodwill') EXECUTE FUNCTION disbursement_check_gift();

-- So is what is added to a refund, once, while nobody pays it.
CREATE FUNCTION disbursement_check_top_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.topped_up_cents <> 0 OR NEW.state NOT IN ('reconciled', 'returned') OR NOT EXISTS (
        SELECT FROM disbursement_goodwill
        WHERE refund_id = NEW.id AND amount_cents = NEW.topped_up_cents AND state = 'approved'
    ) THEN
        RAISE EXCEPTION 'nobody approved that refund % is topped up', NEW.number USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER disbursement_refund_topped_up_as_approved BEFORE UPDATE OF topped_up_cents ON refunds_refund
    FOR EACH ROW WHEN (OLD.topped_up_cents <> NEW.topped_up_cents) EXECUTE FUNCTION disbursement_check_top_up();
"""

# The two guards that compare what is paid with what is owed: as they were, but for what is added. A reversal gives back
# the receipt and nothing on top, so it would never pay a refund that is topped up.
LINES = """
CREATE OR REPLACE FUNCTION disbursement_check_lines() RETURNS trigger LANGUAGE plpgsql AS $$
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
    WHERE refund.id IN (SELECT refund_id FROM fresh) AND (refund.amount_cents + {added}99) / 100 * 100 < (
        SELECT sum(line.amount_cents) FROM disbursement_fileline line
        WHERE line.refund_id = refund.id AND line.state IN ('open', 'paid')
    );
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'the files would pay more than is owed by these refunds: %', wrong
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""

TRANSFERS = """
CREATE OR REPLACE FUNCTION payouts_check_refunds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong text;
BEGIN
    PERFORM FROM refunds_refund WHERE id IN (SELECT refund_id FROM fresh) ORDER BY id FOR NO KEY UPDATE;

    SELECT string_agg(refund.number, ', ') INTO wrong
    FROM refunds_refund refund
    WHERE refund.id IN (SELECT refund_id FROM fresh) AND (refund.amount_cents + {added}99) / 100 * 100 < (
        SELECT sum(transfer.amount_cents) FROM payouts_transfer transfer
        WHERE transfer.refund_id = refund.id AND transfer.state NOT IN ('returned', 'withdrawn')
    );
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'more would be paid out than is owed by these refunds: %', wrong
            USING ERRCODE = 'check_violation';
    END IF;
{reversals}    RETURN NULL;
END $$;
"""

REVERSALS = """
    SELECT string_agg(refund.number, ', ') INTO wrong
    FROM fresh JOIN refunds_refund refund ON refund.id = fresh.refund_id
    WHERE fresh.via = 'reversal' AND (refund.topped_up_cents <> 0 OR refund.cause = 'goodwill');
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'no reversal pays what comes from our own pocket: %', wrong USING ERRCODE = 'check_violation';
    END IF;
"""

WITH_ADDED = LINES.format(added="refund.topped_up_cents + ") + TRANSFERS.format(
    added="refund.topped_up_cents + ", reversals=REVERSALS
)
AS_BEFORE = LINES.format(added="") + TRANSFERS.format(added="", reversals="")

UNDO = """
DROP TRIGGER disbursement_refund_topped_up_as_approved ON refunds_refund;
DROP TRIGGER disbursement_refund_given_as_approved ON refunds_refund;
DROP TRIGGER disbursement_goodwill_stays ON disbursement_goodwill;
DROP TRIGGER disbursement_goodwill_is_guarded ON disbursement_goodwill;
DROP FUNCTION disbursement_check_top_up, disbursement_check_gift, disbursement_guard_goodwill;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("disbursement", "0002_guards"),
        ("refunds", "0006_goodwill"),
        ("payouts", "0002_telling"),
        ("orders", "0006_life"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Goodwill",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount_cents", models.BigIntegerField()),
                ("reason", models.CharField(max_length=300)),
                ("proposed_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Waits for a second person"),
                            ("approved", "Given"),
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
                (
                    "decider",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "maker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "purchase",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="goodwill",
                        to="orders.purchase",
                    ),
                ),
                (
                    "refund",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="top_ups",
                        to="refunds.refund",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(condition=Q(state="proposed"), fields=["id"], name="goodwill_to_decide")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(state="proposed"), fields=("purchase",), name="goodwill_one_open_of_purchase"
                    ),
                    models.UniqueConstraint(
                        condition=Q(state="proposed"), fields=("refund",), name="goodwill_one_open_of_refund"
                    ),
                    models.CheckConstraint(
                        name="goodwill_amount_mpesa_can_move",
                        condition=(
                            Q(purchase__isnull=False, refund=None, amount_cents__gte=1000)
                            & Q(
                                django.db.models.lookups.Exact(
                                    django.db.models.functions.math.Mod(F("amount_cents"), 100), 0
                                )
                            )
                        )
                        | Q(purchase=None, refund__isnull=False, amount_cents__gt=0, amount_cents__lt=1000),
                    ),
                    models.CheckConstraint(
                        name="goodwill_by_four_eyes", condition=Q(decider=None) | ~Q(decider=F("maker"))
                    ),
                    models.CheckConstraint(name="goodwill_for_a_reason", condition=~Q(reason="")),
                    models.CheckConstraint(
                        name="goodwill_decided_by_somebody",
                        condition=Q(state="proposed", decider=None, decided_at=None, remark="")
                        | Q(state="approved", decider__isnull=False, decided_at__isnull=False, remark="")
                        | (Q(state="refused", decider__isnull=False, decided_at__isnull=False) & ~Q(remark="")),
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARDS, UNDO),
        migrations.RunSQL(WITH_ADDED, AS_BEFORE),
    ]
