import pytest
from collections import Counter
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.ledger import test_any_sequence as t

pytestmark = [pytest.mark.django_db, pytest.mark.raw_sql]
seen = Counter()


class Deep(t.Trade):
    def attempt(self, work, *, allowed):
        import inspect

        name = inspect.stack()[1].function
        seen[name, bool(allowed)] += 1
        return super().attempt(work, allowed=allowed)


def test_deep(db):
    try:
        run_state_machine_as_test(
            Deep,
            settings=settings(
                max_examples=40,
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                phases=(Phase.generate,),
                database=None,
            ),
        )
    finally:
        for k in sorted(seen):
            print(k, seen[k])
