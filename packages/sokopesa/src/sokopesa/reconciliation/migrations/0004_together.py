"""Statements brought to the desk, taken in by a worker; discrepancies resolved together."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

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
HOWS = [
    ("allocate", "It belongs to this account"),
    ("return", "Send it back to the payer"),
    ("write_off", "Write it off"),
    ("reclassify", "Book it to another account of ours"),
    ("accept", "It is as it is; nothing is booked"),
]
STATES = [
    ("waiting", "Waits for a worker"),
    ("reading", "Being taken in"),
    ("taken", "Taken in"),
    ("known", "Was known"),
    ("refused", "Refused"),
    ("failed", "Not taken in"),
]

GUARDS = """
CREATE TRIGGER reconciliation_jointresolution_stays BEFORE UPDATE OR DELETE OR TRUNCATE
    ON reconciliation_jointresolution FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_refuse_rewriting();

-- Each resolution of a joint proposal says what the joint says, about a discrepancy of its kind.
CREATE FUNCTION reconciliation_guard_joint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.joint_id IS DISTINCT FROM NEW.joint_id THEN
        RAISE EXCEPTION 'with what resolution % was proposed is not changed', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' AND NEW.joint_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM reconciliation_jointresolution joint
        JOIN reconciliation_discrepancy known ON known.id = NEW.discrepancy_id AND known.kind = joint.kind
        WHERE joint.id = NEW.joint_id AND (joint.how, joint.against, joint.reason, joint.maker_id, joint.proposed_at)
            = (NEW.how, NEW.against, NEW.reason, NEW.maker_id, NEW.proposed_at)
    ) THEN
        RAISE EXCEPTION 'a resolution proposes otherwise than those that it was proposed with'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reconciliation_resolution_is_as_its_joint BEFORE INSERT OR UPDATE ON reconciliation_resolution
    FOR EACH ROW EXECUTE FUNCTION reconciliation_guard_joint();

-- What was brought stays what it is, and ends once; only what failed may be tried again.
CREATE FUNCTION reconciliation_guard_upload() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.kept_as, OLD.file_name, OLD.size, OLD.sha256, OLD.shortcode, OLD.account, OLD.accept_breaks,
            OLD.brought_by_id, OLD.brought_at)
        IS DISTINCT FROM
       (NEW.kept_as, NEW.file_name, NEW.size, NEW.sha256, NEW.shortcode, NEW.account, NEW.accept_breaks,
            NEW.brought_by_id, NEW.brought_at)
    THEN
        RAISE EXCEPTION 'the file that was brought is not changed: %', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state NOT IN ('waiting', 'reading') AND (OLD.state, NEW.state) NOT IN (('failed', 'waiting')) THEN
        RAISE EXCEPTION 'a statement that is % cannot become %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reconciliation_statementupload_is_guarded BEFORE UPDATE ON reconciliation_statementupload
    FOR EACH ROW EXECUTE FUNCTION reconciliation_guard_upload();
"""

UNDO = """
DROP TRIGGER reconciliation_statementupload_is_guarded ON reconciliation_statementupload;
DROP TRIGGER reconciliation_resolution_is_as_its_joint ON reconciliation_resolution;
DROP TRIGGER reconciliation_jointresolution_stays ON reconciliation_jointresolution;
DROP FUNCTION reconciliation_guard_upload, reconciliation_guard_joint;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("reconciliation", "0003_enquiries"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="JointResolution",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=KINDS, max_length=20)),
                ("how", models.CharField(choices=HOWS, max_length=10)),
                ("against", models.CharField(blank=True, max_length=64)),
                ("count", models.PositiveIntegerField()),
                ("total_cents", models.BigIntegerField()),
                ("reason", models.CharField(max_length=300)),
                ("proposed_at", models.DateTimeField()),
                (
                    "maker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=Q(count__gte=2), name="joint_has_several"),
                    models.CheckConstraint(condition=~Q(reason=""), name="joint_for_a_reason"),
                ]
            },
        ),
        migrations.AddField(
            "resolution",
            "joint",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="resolutions",
                to="reconciliation.jointresolution",
            ),
        ),
        migrations.CreateModel(
            name="StatementUpload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kept_as", models.UUIDField(help_text="The name under which its bytes are kept.", unique=True)),
                ("file_name", models.CharField(help_text="As whoever brought it calls it.", max_length=200)),
                ("size", models.PositiveBigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "shortcode",
                    models.CharField(
                        blank=True, help_text="Whose it is, where it does not say so itself.", max_length=7
                    ),
                ),
                ("account", models.CharField(blank=True, max_length=10)),
                ("accept_breaks", models.BooleanField()),
                ("brought_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(choices=STATES, default="waiting", max_length=7),
                ),
                ("stage", models.CharField(blank=True, default="", max_length=8)),
                ("done", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ("tries", models.PositiveSmallIntegerField(default=0, help_text="How often a worker began it.")),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "remark",
                    models.CharField(
                        blank=True, default="", help_text="Why it was not taken in, in words.", max_length=300
                    ),
                ),
                ("faults", models.JSONField(default=list)),
                (
                    "fault_count",
                    models.PositiveIntegerField(
                        default=0, help_text="All that were found; the first are in faults."
                    ),
                ),
                (
                    "brought_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "whole",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reconciliation.statementimport",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["brought_at"], name="upload_by_time")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(state__in=["waiting", "reading"]),
                        fields=("sha256", "shortcode", "account", "accept_breaks"),
                        name="upload_under_way_once",
                    ),
                    models.CheckConstraint(
                        condition=Q(state__in=["waiting", "reading"], ended_at=None, whole=None)
                        | Q(state__in=["taken", "known"], ended_at__isnull=False, whole__isnull=False)
                        | Q(state__in=["refused", "failed"], ended_at__isnull=False, whole=None),
                        name="upload_ends_as_it_ends",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
