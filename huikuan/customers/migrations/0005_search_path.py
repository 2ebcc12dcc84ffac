from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    """The search runs with its owner's rights: nothing that others may create is looked up on its way."""

    dependencies = [
        ("customers", "0004_list_order"),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER FUNCTION public.customers_found(text, uuid[], integer) SET search_path = pg_catalog, pg_temp",
            migrations.RunSQL.noop,
        )
    ]
