from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("statements", "0001_initial"), ("audit", "0003_counted_guards")]

    operations = [
        migrations.RunSQL(
            Path(__file__).with_name("guards.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop
        )
    ]
