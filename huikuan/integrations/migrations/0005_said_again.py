from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0004_sales_kinds"),
    ]

    operations = [
        migrations.AddField(
            model_name="problem",
            name="said",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="problem",
            name="field",
            field=models.CharField(blank=True, max_length=40),
        ),
    ]
