from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("sales", "0004_contract_guards")]

    operations = [
        migrations.RunSQL(
            Path(__file__).with_name("lines_in_turn.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop
        )
    ]
