from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cash", "0003_banking"), ("audit", "0003_counted_guards")]

    operations = [
        migrations.RunSQL(
            Path(__file__).with_name("banking.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop
        )
    ]
