from pathlib import Path

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import huikuan.core.postgres.fields


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0004_live"),
        ("customers", "0005_search_path"),
        ("organizations", "0003_saved_views"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="customer",
            options={"base_manager_name": "everyone"},
        ),
        migrations.AlterModelManagers(
            name="customer",
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everyone", django.db.models.manager.Manager()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="customer",
            name="customer_uscc_is_unique",
        ),
        migrations.AddField(
            model_name="customer",
            name="removed_act",
            field=huikuan.core.postgres.fields.TenantForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="removed_customers",
                to="audit.act",
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("uscc", ""), _negated=True), ("removed_act__isnull", True)),
                fields=("organization", "uscc"),
                name="customer_uscc_is_unique",
            ),
        ),
        migrations.RunSQL(
            Path(__file__).with_name("search_of_present.sql").read_text(encoding="utf-8"),
            migrations.RunSQL.noop,
        ),
    ]
