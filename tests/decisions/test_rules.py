"""When a step is worth a look."""

import pytest

from huikuan.decisions.rules import StepFacts, Weakness, weakness


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (StepFacts(0, 40, 0, 40, 20), None),
        (StepFacts(0, 40, 0, 40, 20, no_effect=True), Weakness.NO_EFFECT),
        (StepFacts(30, 70, 0, 70, 50), Weakness.UNREACHED),
        (StepFacts(29, 71, 0, 71, 50), None),
        (StepFacts(6, 13, 0, 13, 0), None),  # nineteen customers: nothing is said
        (StepFacts(0, 20, 4, 20, 9), Weakness.FAILED),
        (StepFacts(0, 19, 19, 19, 0), None),
        (StepFacts(0, 40, 0, 20, 1), Weakness.RARELY_PAID),
        (StepFacts(0, 40, 0, 20, 2), None),
        (StepFacts(0, 40, 0, 19, 0), None),
    ],
)
def test_what_speaks_against_a_step(facts: StepFacts, found: Weakness | None) -> None:
    assert weakness(facts) is found


def test_shares_of_nobody_are_unknown() -> None:
    facts = StepFacts(0, 0, 0, 0, 0)
    assert (facts.unreached_share, facts.failed_share, facts.paid_share) == (None, None, None)
