from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_totals")]

    operations = [
        migrations.RunSQL(
            Path(__file__).with_name("counted_guards.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop
        )
    ]
