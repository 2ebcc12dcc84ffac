from pathlib import Path

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cash", "0004_banking_guards")]

    operations = [
        migrations.AddField(
            model_name="lineuse",
            name="settled_with",
            field=models.JSONField(db_default={}, default=dict),
        ),
        migrations.RunSQL(
            Path(__file__).with_name("uses.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop
        ),
    ]
