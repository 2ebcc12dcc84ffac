from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="mapping",
            name="name",
            field=models.CharField(blank=True, max_length=100),
        )
    ]
