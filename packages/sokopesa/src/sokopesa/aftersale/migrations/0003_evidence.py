"""Files that buyers and sellers show in a dispute."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GUARDS = """
CREATE TRIGGER aftersale_evidence_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON aftersale_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION aftersale_refuse_change();
"""

UNDO = "DROP TRIGGER aftersale_evidence_stays ON aftersale_evidence;"


class Migration(migrations.Migration):
    dependencies = [
        ("aftersale", "0002_disputes"),
        ("media", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("side", models.CharField(choices=[("buyer", "Buyer"), ("seller", "Seller"), ("market", "The market")], max_length=8)),
                ("at", models.DateTimeField()),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("dispute", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="evidence", to="aftersale.dispute")),
                ("upload", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="evidence", to="media.upload")),
            ],
        ),
        migrations.AddConstraint(
            "evidence",
            models.CheckConstraint(condition=models.Q(("side__in", ["buyer", "seller"])), name="evidence_of_a_party"),
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
