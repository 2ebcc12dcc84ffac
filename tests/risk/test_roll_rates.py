"""Roll rates and the losses chained from them."""

from decimal import Decimal

import pytest

from huikuan.risk.roll_rates import FIRST_DAYS, chained_losses, pooled


def losses(*percents: str, final: str, forward: str = "1") -> list[str]:
    rolls = [Decimal(text) / 100 for text in percents]
    found = chained_losses(rolls, Decimal(final) / 100, forward=Decimal(forward))
    return [f"{(rate * 100).normalize():f}%" for rate in found]


def test_the_example_of_the_trade() -> None:
    rolls = ("12", "30", "50", "60")
    assert losses(*rolls, final="80") == ["0.864%", "7.2%", "24%", "48%", "80%"]
    assert losses(*rolls, final="80", forward="1.1") == ["0.9504%", "7.92%", "26.4%", "52.8%", "88%"]


def test_no_loss_above_everything() -> None:
    assert losses("50", final="90", forward="2") == ["90%", "100%"]


@pytest.mark.parametrize(
    ("roll", "final", "forward"), [("1.01", "1", "1"), ("-0.1", "1", "1"), ("1", "2", "1"), ("1", "1", "-1")]
)
def test_what_is_no_share_is_refused(roll: str, final: str, forward: str) -> None:
    with pytest.raises(ValueError, match="shares"):
        chained_losses([Decimal(roll)], Decimal(final), forward=Decimal(forward))


def test_a_bucket_nothing_entered_has_no_rate() -> None:
    found = pooled({"not_due": (Decimal(200), Decimal(50)), "1-30": (Decimal(50), Decimal(60))})
    assert found == [Decimal("0.25"), Decimal(1), None, None, None, None]


def test_buckets_begin_where_the_aging_has_them() -> None:
    assert FIRST_DAYS == (1, 31, 61, 91, 181, 366)
