from django.db import migrations

import huikuan.core.postgres.fields


class Migration(migrations.Migration):
    dependencies = [("risk", "0004_cash_forecast")]

    operations = [
        migrations.AddField(
            model_name="foretoldweek",
            name="middle",
            field=huikuan.core.postgres.fields.Money(decimal_places=4, max_digits=19, null=True),
        ),
    ]
