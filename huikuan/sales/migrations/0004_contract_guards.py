from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("sales", "0003_contracts"), ("audit", "0002_guards")]

    operations = [
        migrations.RunSQL(
            Path(__file__).with_name("contract_guards.sql").read_text(encoding="utf-8"),
            migrations.RunSQL.noop,
        )
    ]
