from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organizations", "0005_currencies"),
    ]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="tax_number",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
    ]
