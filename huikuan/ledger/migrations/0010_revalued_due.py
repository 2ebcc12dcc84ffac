from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0009_currencies")]

    operations = [
        migrations.RunSQL(
            Path(__file__).with_name("revalued_due.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop
        )
    ]
