"""How second factors are used: a code works once, and guessing ends soon."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

GUARDS = """
-- A code is known by its half minute. One that was taken, or is older than one that was, is never taken again.
CREATE FUNCTION people_guard_factor_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.user_id <> OLD.user_id OR NEW.last_step < OLD.last_step THEN
        RAISE EXCEPTION 'a code of person % is never taken again', OLD.user_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER people_factor_use_is_guarded BEFORE UPDATE ON people_factoruse
    FOR EACH ROW EXECUTE FUNCTION people_guard_factor_use();
"""

UNDO = """
DROP TRIGGER people_factor_use_is_guarded ON people_factoruse;
DROP FUNCTION people_guard_factor_use;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0004_email_confirmed")]

    operations = [
        migrations.CreateModel(
            name="FactorUse",
            fields=[
                ("user", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="+", serialize=False, to=settings.AUTH_USER_MODEL)),
                ("last_step", models.BigIntegerField(default=0)),
                ("wrong", models.PositiveIntegerField(default=0)),
                ("locked_until", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddConstraint(
            "factoruse",
            models.CheckConstraint(name="factor_is_locked_by_wrong_codes", condition=Q(locked_until=None) | Q(wrong__gte=1)),
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
