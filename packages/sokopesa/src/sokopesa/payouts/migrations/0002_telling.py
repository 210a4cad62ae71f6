"""Telling M-PESA and asking it: our shortcodes that pay, questions and their addresses; cents that M-PESA cannot move."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

MOVES = """
-- What M-PESA's gateway turned away at the door may be handed over again; what it acknowledged never.
CREATE OR REPLACE FUNCTION payouts_check_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('prepared', 'released'), ('prepared', 'withdrawn'),
        ('released', 'sent'), ('released', 'withdrawn'),
        ('sent', 'unknown'), ('sent', 'paid'), ('sent', 'returned'), ('sent', 'released'),
        ('unknown', 'paid'), ('unknown', 'returned')
    ) OR (NEW.state = 'released' AND OLD.conversation_id <> '') THEN
        RAISE EXCEPTION 'a transfer that is % cannot become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

-- M-PESA moves whole shillings, so a refund with cents is paid rounded up; the cents on top are ours.
CREATE OR REPLACE FUNCTION payouts_check_refunds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong text;
BEGIN
    PERFORM FROM refunds_refund WHERE id IN (SELECT refund_id FROM fresh) ORDER BY id FOR NO KEY UPDATE;

    SELECT string_agg(refund.number, ', ') INTO wrong
    FROM refunds_refund refund
    WHERE refund.id IN (SELECT refund_id FROM fresh) AND (refund.amount_cents + 99) / 100 * 100 < (
        SELECT sum(transfer.amount_cents) FROM payouts_transfer transfer
        WHERE transfer.refund_id = refund.id AND transfer.state NOT IN ('returned', 'withdrawn')
    );
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'more would be paid out than is owed by these refunds: %', wrong
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""

UNDO = """
CREATE OR REPLACE FUNCTION payouts_check_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('prepared', 'released'), ('prepared', 'withdrawn'),
        ('released', 'sent'), ('released', 'withdrawn'),
        ('sent', 'unknown'), ('sent', 'paid'), ('sent', 'returned'),
        ('unknown', 'paid'), ('unknown', 'returned')
    ) THEN
        RAISE EXCEPTION 'a transfer that is % cannot become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION payouts_check_refunds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong text;
BEGIN
    PERFORM FROM refunds_refund WHERE id IN (SELECT refund_id FROM fresh) ORDER BY id FOR NO KEY UPDATE;

    SELECT string_agg(refund.number, ', ') INTO wrong
    FROM refunds_refund refund
    WHERE refund.id IN (SELECT refund_id FROM fresh) AND refund.amount_cents < (
        SELECT sum(transfer.amount_cents) FROM payouts_transfer transfer
        WHERE transfer.refund_id = refund.id AND transfer.state NOT IN ('returned', 'withdrawn')
    );
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'more would be paid out than is owed by these refunds: %', wrong
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("payouts", "0001_initial"), ("payments", "0008_payouts")]
    operations = [
        migrations.AddField(
            "transfer",
            "not_found",
            models.PositiveSmallIntegerField(
                default=0, help_text="How often M-PESA said, after its lifetime, that it knows nothing of it."
            ),
        ),
        migrations.AddField(
            "transfer",
            "their_originator_id",
            models.CharField(
                blank=True,
                default="",
                help_text="Made by M-PESA for reversals and B2B, which take none of ours.",
                max_length=64,
            ),
        ),
        migrations.AddField(
            "transfer",
            "tries",
            models.PositiveSmallIntegerField(
                default=0, help_text="How often it was handed over, or we began to."
            ),
        ),
        migrations.AlterField(
            "transfer",
            "conversation_id",
            models.CharField(
                blank=True,
                default="",
                help_text="M-PESA's, from the answer that it took the instruction.",
                max_length=64,
            ),
        ),
        migrations.CreateModel(
            name="Payer",
            fields=[
                ("shortcode", models.CharField(max_length=7, primary_key=True, serialize=False)),
                ("next_send_at", models.DateTimeField()),
                ("next_ask_at", models.DateTimeField()),
                ("proven_at", models.DateTimeField(null=True)),
                ("fingerprint", models.CharField(blank=True, default="", max_length=64)),
                (
                    "stopped_at",
                    models.DateTimeField(
                        help_text="Nothing is sent from then on, until a person says so.", null=True
                    ),
                ),
                ("stopped_for", models.CharField(blank=True, default="", max_length=200)),
                (
                    "short_at",
                    models.DateTimeField(help_text="M-PESA said that there is too little in it.", null=True),
                ),
                (
                    "needs_cents",
                    models.BigIntegerField(
                        default=0, help_text="So much there has to be before anything else is sent."
                    ),
                ),
                (
                    "told_cents",
                    models.BigIntegerField(help_text="Its Utility Account, as M-PESA told last.", null=True),
                ),
                ("told_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="payer_stopped_for_a_reason",
                        condition=Q(stopped_at=None, stopped_for="")
                        | (Q(stopped_at__isnull=False) & ~Q(stopped_for="")),
                    ),
                    models.CheckConstraint(
                        name="payer_told_at_a_moment",
                        condition=Q(told_cents=None, told_at=None)
                        | Q(told_cents__isnull=False, told_at__isnull=False),
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_digest", models.BinaryField(unique=True)),
                ("asked_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "payer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="questions", to="payouts.payer"
                    ),
                ),
                (
                    "transfer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="questions",
                        to="payouts.transfer",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(MOVES, UNDO),
    ]
