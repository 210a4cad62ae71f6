"""The way of a refund back to the phone: reconciled, filed, batched, sent, paid; and goodwill."""

from django.db import migrations, models
from django.db.models import Q

CAUSES = [
    ("further_payment", "Paid again"),
    ("late_payment", "Paid too late"),
    ("cancelled_payment", "Paid after cancelling"),
    ("over_payment", "Paid too much"),
    ("under_payment", "Paid too little"),
    ("unknown_account", "Paid to an unknown account number"),
    ("cancelled_order", "Cancelled"),
    ("unshipped", "Not shipped in time"),
    ("dispute", "Refunded after a dispute"),
    ("goodwill", "Given back as goodwill"),
]
STATES = [
    ("owed", "Owed"),
    ("reconciled", "Payment confirmed by M-PESA"),
    ("filed", "In a refund file"),
    ("batched", "In a disbursement"),
    ("sent", "Sent to M-PESA"),
    ("paid", "Paid back"),
    ("returned", "Came back"),
    ("used", "Used for the order"),
]
WAITS = [
    ("phone", "M-PESA hid the payer's number"),
    ("buyer", "The buyer has to do something"),
    ("minimum", "Below the least that M-PESA pays out"),
    ("float", "The account that refunds are paid from has too little"),
    ("operator", "Somebody of ours has to decide"),
]

# PostgreSQL changes no column that a trigger names.
TRIGGER = """
CREATE TRIGGER refunds_refund_moves BEFORE UPDATE OF state ON refunds_refund
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION refunds_check_move()
"""

MOVES = """
CREATE OR REPLACE FUNCTION refunds_check_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('owed', 'reconciled'), ('owed', 'used'),
        ('reconciled', 'filed'), ('reconciled', 'sent'), ('reconciled', 'used'),
        ('filed', 'batched'), ('filed', 'reconciled'),
        ('batched', 'sent'), ('batched', 'filed'),
        ('sent', 'paid'), ('sent', 'returned'),
        ('returned', 'reconciled')
    ) THEN
        RAISE EXCEPTION 'a refund that is % cannot become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

-- Goodwill comes out of our own pocket, so it is counted by itself; it too is bounded by what the receipt brought.
CREATE OR REPLACE FUNCTION refunds_check_receipts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('refunds of ' || receipt, 0))
    FROM (SELECT DISTINCT receipt FROM fresh ORDER BY receipt) AS touched;

    SELECT string_agg(receipt, ', ') INTO wrong
    FROM (
        SELECT receipt FROM refunds_refund
        WHERE receipt IN (SELECT receipt FROM fresh) AND state <> 'used'
        GROUP BY receipt, cause = 'goodwill' HAVING sum(amount_cents) > min(received_cents)
    ) AS overdrawn;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'more would be owed than these receipts brought: %', wrong USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""

UNDO = """
CREATE OR REPLACE FUNCTION refunds_check_receipts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('refunds of ' || receipt, 0))
    FROM (SELECT DISTINCT receipt FROM fresh ORDER BY receipt) AS touched;

    SELECT string_agg(receipt, ', ') INTO wrong
    FROM (
        SELECT receipt FROM refunds_refund
        WHERE receipt IN (SELECT receipt FROM fresh) AND state <> 'used'
        GROUP BY receipt HAVING sum(amount_cents) > min(received_cents)
    ) AS overdrawn;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'more would be owed than these receipts brought: %', wrong USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION refunds_check_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (('owed', 'used')) THEN
        RAISE EXCEPTION 'a refund that is % cannot become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("refunds", "0004_of_orders"), ("ledger", "0005_tying_out")]
    operations = [
        migrations.AlterField("refund", "cause", models.CharField(choices=CAUSES, max_length=20)),
        migrations.RunSQL("DROP TRIGGER refunds_refund_moves ON refunds_refund", TRIGGER),
        migrations.AlterField(
            "refund", "state", models.CharField(choices=STATES, default="owed", max_length=10)
        ),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER refunds_refund_moves ON refunds_refund"),
        migrations.AddField("refund", "reconciled_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "refund",
            "reconciled_from",
            models.CharField(
                blank=True,
                choices=[("statement", "the statement"), ("list", "M-PESA's list"), ("status", "the transaction's status")],
                default="",
                help_text="Which record of M-PESA's shows the payment.",
                max_length=9,
            ),
        ),
        migrations.AddField(
            "refund",
            "paid_at",
            models.DateTimeField(help_text="When the last of it reached the wallet, by M-PESA's clock.", null=True),
        ),
        migrations.AddField(
            "refund",
            "payee",
            models.CharField(
                blank=True,
                default="",
                help_text="Another number than the one that paid, given by four eyes.",
                max_length=12,
            ),
        ),
        migrations.AddField(
            "refund", "waits_for", models.CharField(blank=True, choices=WAITS, default="", max_length=8)
        ),
        migrations.AddField(
            "refund",
            "remark",
            models.CharField(blank=True, default="", help_text="Why it waits or came back, in words.", max_length=200),
        ),
        migrations.RemoveConstraint("refund", "refund_cause_is_known"),
        migrations.AddConstraint(
            "refund",
            models.CheckConstraint(
                name="refund_cause_is_known",
                condition=Q(
                    cause__in=["further_payment", "late_payment", "cancelled_payment", "over_payment", "under_payment"],
                    purchase__isnull=False,
                    order=None,
                )
                | Q(
                    cause__in=["cancelled_order", "unshipped", "dispute"],
                    purchase__isnull=False,
                    order__isnull=False,
                )
                | Q(cause="goodwill", purchase__isnull=False)
                | Q(cause="unknown_account", purchase=None, order=None),
            ),
        ),
        migrations.RemoveConstraint("refund", "refund_state_is_known"),
        migrations.AddConstraint(
            "refund",
            models.CheckConstraint(
                name="refund_state_is_known",
                condition=Q(
                    state__in=["owed", "reconciled", "filed", "batched", "sent", "paid", "returned", "used"],
                ),
            ),
        ),
        migrations.AddConstraint(
            "refund",
            models.CheckConstraint(
                name="refund_reconciled_before_it_leaves",
                condition=Q(state__in=["owed", "used"])
                | (Q(reconciled_at__isnull=False) & Q(reconciled_from__in=["statement", "list", "status"])),
            ),
        ),
        migrations.AddConstraint(
            "refund",
            models.CheckConstraint(
                name="refund_paid_when_paid",
                condition=Q(state="paid", paid_at__isnull=False, waits_for="") | (~Q(state="paid") & Q(paid_at=None)),
            ),
        ),
        migrations.AddConstraint(
            "refund",
            models.CheckConstraint(
                name="refund_waits_for_a_reason",
                condition=Q(waits_for="")
                | (Q(waits_for__in=["phone", "buyer", "minimum", "float", "operator"]) & ~Q(remark="")),
            ),
        ),
        migrations.AddConstraint(
            "refund",
            models.CheckConstraint(name="refund_payee", condition=Q(payee="") | Q(payee__regex=r"^254[0-9]{9}$")),
        ),
        migrations.AddIndex(
            "refund",
            models.Index(fields=["state", "id"], name="refund_under_way", condition=~Q(state__in=["paid", "used"])),
        ),
        migrations.RunSQL(MOVES, UNDO),
    ]
