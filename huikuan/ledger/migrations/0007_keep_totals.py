from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_every_customer")]

    operations = [
        migrations.RunSQL(
            Path(__file__).with_name("keep_totals.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop
        )
    ]
