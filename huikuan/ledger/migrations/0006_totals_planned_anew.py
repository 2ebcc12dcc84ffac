from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_list_order")]

    operations = [
        # A plan kept from an act on nearly empty tables joined the rows of a large act to each other one by one
        # (40 seconds for 20,000 allocations). Planning anew costs an act a few milliseconds.
        migrations.RunSQL(
            "ALTER FUNCTION public.ledger_keep_totals() SET plan_cache_mode = 'force_custom_plan'",
            "ALTER FUNCTION public.ledger_keep_totals() RESET plan_cache_mode",
        )
    ]
