from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0008_currencies"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="journalentry",
            index=models.Index(fields=["organization", "effective_on"], name="entry_by_date"),
        ),
        migrations.AddIndex(
            model_name="journalentry",
            index=models.Index(
                condition=models.Q(("event", "profit_closing")),
                fields=["organization", "effective_on"],
                name="profit_closing_by_date",
            ),
        ),
    ]
