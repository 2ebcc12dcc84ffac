from django.db import migrations

# Planned once for all acts, the function reads a whole table where a few acts, of imports say, hold most of its rows:
# an act that recorded nothing is found out only at its end.
FOUND_BY_INDEX = """
    ALTER FUNCTION public.ledger_totals_move(uuid, uuid, timestamptz) SET plan_cache_mode = force_custom_plan;
    ALTER FUNCTION public.ledger_totals_move(uuid, uuid, timestamptz) SET enable_seqscan = off;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0010_acts_without_items")]

    operations = [migrations.RunSQL(FOUND_BY_INDEX, migrations.RunSQL.noop)]
