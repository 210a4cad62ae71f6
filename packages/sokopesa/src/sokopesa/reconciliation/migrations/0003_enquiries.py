"""What M-PESA says of receipts that refunds wait for, when it is asked; and plainer names for two kinds of discrepancy."""

from django.db import migrations, models

GUARDS = """
-- M-PESA's plain answer about a receipt is kept as it came.
CREATE FUNCTION reconciliation_guard_enquiry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.receipt <> NEW.receipt OR (
        OLD.told_at IS NOT NULL
        AND (OLD.told_at, OLD.told_cents, OLD.doubt) IS DISTINCT FROM (NEW.told_at, NEW.told_cents, NEW.doubt)
    ) THEN
        RAISE EXCEPTION 'what M-PESA said of % is not changed or deleted', OLD.receipt
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reconciliation_enquiry_is_guarded BEFORE UPDATE OR DELETE ON reconciliation_enquiry
    FOR EACH ROW EXECUTE FUNCTION reconciliation_guard_enquiry();
"""

UNDO = """
DROP TRIGGER reconciliation_enquiry_is_guarded ON reconciliation_enquiry;
DROP FUNCTION reconciliation_guard_enquiry;
"""

KINDS = [
    ("missing_in_statement", "Not in M-PESA's statement"),
    ("missing_in_ledger", "Not in our books"),
    ("amount_over", "Our books say more"),
    ("amount_under", "Our books say less"),
    ("duplicate_at_mpesa", "Twice in M-PESA's statement"),
    ("duplicate_in_ledger", "Twice in our books"),
    ("unresolved_group", "Several that do not add up"),
    ("wrong_reference", "Another account number"),
    ("late", "Much later or earlier than booked"),
    ("reversed", "Taken back by M-PESA"),
    ("fee_difference", "Another charge than the tariff's"),
    ("forged_callback", "Told by a message, and M-PESA knows nothing of it"),
    ("unknown_payout", "Money left, and we do not know why"),
    ("unconfirmed_refund", "A refund whose payment M-PESA does not show so"),
    ("opening", "A balance from before the first statement"),
    ("statement_defect", "M-PESA's statement does not add up"),
]


class Migration(migrations.Migration):
    dependencies = [("reconciliation", "0002_matching")]
    operations = [
        migrations.AlterField(
            model_name="discrepancy",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=20),
        ),
        migrations.CreateModel(
            name="Enquiry",
            fields=[
                (
                    "receipt",
                    models.CharField(db_collation="C", max_length=16, primary_key=True, serialize=False),
                ),
                ("asked", models.PositiveSmallIntegerField(default=0)),
                ("next_ask_at", models.DateTimeField(null=True)),
                (
                    "not_found",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="How often M-PESA said that it knows no such one."
                    ),
                ),
                ("told_at", models.DateTimeField(null=True)),
                (
                    "told_cents",
                    models.BigIntegerField(help_text="What M-PESA said that the receipt brought.", null=True),
                ),
                (
                    "doubt",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Why, by M-PESA's answer, it is not the payment on our books.",
                        max_length=200,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "enquiries",
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_ask_at", None), _negated=True),
                        fields=["next_ask_at"],
                        name="enquiry_of_refund_to_ask",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("receipt", ""), _negated=True), name="enquiry_names_a_receipt"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("doubt", ""), ("told_at", None), ("told_cents", None)),
                            models.Q(
                                ("next_ask_at", None),
                                ("told_at__isnull", False),
                                models.Q(
                                    ("told_cents__isnull", False),
                                    models.Q(("doubt", ""), _negated=True),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="enquiry_told_something",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
