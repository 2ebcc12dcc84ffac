from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_live"), ("ledger", "0009_entries_by_date")]

    operations = [
        migrations.RunSQL(
            Path(__file__).with_name("acts_without_items.sql").read_text(encoding="utf-8"),
            migrations.RunSQL.noop,
        )
    ]
