from django.db import migrations, models

# The permissions there were before organizations remembered which ones they know.
KNOWN = """
    UPDATE organizations_organization SET known_permissions = '["dashboard.read", "customer.read", "customer.contact",
        "customer.write", "note.write", "file.write", "ledger.read", "invoice.record", "receipt.record",
        "allocation.write", "write_off.record", "period.close", "import.run", "report.read", "audit.read", "view.share",
        "organization.write"]'
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0003_saved_views")]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="known_permissions",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
