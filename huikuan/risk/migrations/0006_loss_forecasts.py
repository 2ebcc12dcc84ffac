import django.db.models.deletion
from django.db import migrations, models

import huikuan.core.postgres.fields

# What is kept of a day was made by the last act that foresaw it; the trail names the act.
HEADS = """
    INSERT INTO risk_loss_forecast (id, organization_id, act_id, model_id, as_of)
    SELECT uuidv7(), f.organization_id, coalesce(e.act_id, m.act_id), f.model_id, f.as_of
    FROM (SELECT DISTINCT organization_id, as_of, model_id FROM risk_item_loss_forecast) f
    JOIN risk_payment_model m ON m.organization_id = f.organization_id AND m.id = f.model_id
    LEFT JOIN LATERAL (
        SELECT act_id FROM audit_event
        WHERE organization_id = f.organization_id AND record_kind = 'loss_forecast' AND number = f.as_of::text
        ORDER BY id DESC LIMIT 1
    ) e ON true;
    UPDATE risk_item_loss_forecast i SET forecast_id = f.id
    FROM risk_loss_forecast f
    WHERE f.organization_id = i.organization_id AND f.as_of = i.as_of AND f.model_id = i.model_id;
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0004_live"),
        ("organizations", "0006_tax_number"),
        ("risk", "0005_middle_of_the_forecast"),
    ]

    operations = [
        migrations.CreateModel(
            name="LossForecast",
            fields=[
                (
                    "id",
                    huikuan.core.postgres.fields.UuidKey(
                        default=huikuan.core.postgres.fields.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("as_of", models.DateField()),
                (
                    "act",
                    huikuan.core.postgres.fields.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="audit.act",
                    ),
                ),
                (
                    "model",
                    huikuan.core.postgres.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="risk.paymentmodel",
                    ),
                ),
                (
                    "organization",
                    huikuan.core.postgres.fields.OrganizationField(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.organization",
                    ),
                ),
            ],
            options={
                "db_table": "risk_loss_forecast",
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["organization", "as_of"], name="loss_forecast_by_day")],
            },
        ),
        migrations.RemoveConstraint(model_name="itemlossforecast", name="item_loss_is_foretold_once_a_day"),
        migrations.AddField(
            model_name="itemlossforecast",
            name="forecast",
            field=huikuan.core.postgres.fields.TenantForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="risk.lossforecast",
            ),
        ),
        migrations.RunSQL(HEADS, migrations.RunSQL.noop),
        migrations.RemoveField(model_name="itemlossforecast", name="model"),
        migrations.RemoveField(model_name="itemlossforecast", name="as_of"),
        migrations.AlterField(
            model_name="itemlossforecast",
            name="forecast",
            field=huikuan.core.postgres.fields.TenantForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="risk.lossforecast",
            ),
        ),
        migrations.AddConstraint(
            model_name="itemlossforecast",
            constraint=models.UniqueConstraint(
                fields=("organization", "forecast", "item"), name="item_loss_is_foretold_once"
            ),
        ),
    ]
