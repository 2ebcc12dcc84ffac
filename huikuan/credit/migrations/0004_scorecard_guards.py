from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("credit", "0003_scorecards")]

    operations = [
        migrations.RunSQL(
            Path(__file__).with_name("scorecards.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop
        )
    ]
