"""Two-sided reconciliation: every planted difference is found, none is invented, and both totals agree."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from huikuan.statements.numbers import core, plain
from huikuan.statements.rules import DIFFERENT, Comparison, Kind, Line, Mode, compare, likelier_turned, turned

D = Decimal
DAY = date(2026, 3, 1)
PLANTED = (
    Kind.MISSING_HERE, Kind.MISSING_THERE, Kind.AMOUNT, Kind.DATE, Kind.DUPLICATE_THERE, Kind.DUPLICATE_HERE,
    Kind.ALLOCATED, Kind.NUMBER, Kind.SIGN, Kind.NET,
)  # fmt: skip


@dataclass
class Scrambled:
    """A ledger, the other side's copy of it, and what was planted: by line, the kind."""

    ours: list[Line]
    theirs: list[Line]
    planted: Counter[tuple[Kind, str]] = field(default_factory=Counter)


def ledger(random: Random, count: int = 260) -> list[Line]:
    """Invoices and payments of a customer, some of the same amount."""
    lines = []
    for place in range(count):
        on = DAY + timedelta(days=random.randrange(120))
        pays = random.random() < 0.3
        # every tenth costs the same, as rent does, but none of those on one day
        cents = 500_000 if place % 10 == 0 else random.randrange(1_000, 9_000_000)
        amount = D(cents) / 100
        if cents == 500_000:
            on = DAY + timedelta(days=place // 2)
        number = f"{'SK' if pays else 'YS'}202603{place + 1:06d}"
        paid = amount if random.random() < 0.4 else D(0)
        sign = -1 if pays else 1
        lines.append(
            Line(
                number, on, number, sign * amount, net=None if pays else (amount / D("1.13")).quantize(D("0.01")),
                open=sign * (amount - paid), shared=not pays,
            )
        )  # fmt: skip
    return lines


def written(random: Random, line: Line) -> Line:
    """The same line as the customer writes it."""
    style = random.randrange(6)
    number = {
        0: line.number,
        1: f" {line.number[:2]} - {line.number[2:]} ",
        2: line.number.lower(),
        3: line.number[2:],
        4: line.number[-6:],
        5: "".join(chr(ord(each) + 0xFEE0) for each in line.number),
    }[style]
    if not line.shared:
        number = random.choice(["", f"BANK{random.randrange(10**9)}"])
    return replace(line, key=f"t{line.key}", number=number, net=None)


def scrambled(seed: int, count: int = 50) -> Scrambled:
    random = Random(seed)
    ours = ledger(random)
    # What appears on one side only has days of its own; else it could be somebody else's payment written late.
    late = DAY + timedelta(days=400)
    invoices = [place for place, each in enumerate(ours) if each.shared and each.amount != 5000]
    random.shuffle(invoices)
    made = Scrambled(list(ours), [written(random, each) for each in ours])
    for turn in range(count):
        kind, place = PLANTED[turn % len(PLANTED)], invoices[turn]
        mine, other = ours[place], made.theirs[place]
        made.planted[kind, mine.number] += 1
        match kind:
            case Kind.MISSING_HERE:
                made.planted[kind, mine.number] -= 1
                new = replace(other, key=f"new{turn}", number=f"NEW-{seed}-{turn:04d}X", amount=D(turn) + D("0.07"),
                              on=late + timedelta(days=turn), open=D(turn) + D("0.07"))  # fmt: skip
                made.theirs.append(new)
                made.planted[kind, new.number] += 1
            case Kind.MISSING_THERE:
                made.theirs[place] = replace(other, key="gone")
            case Kind.AMOUNT:
                more = (mine.amount or D(0)) + D("17.35")
                made.theirs[place] = replace(other, amount=more, number=mine.number, open=more)
            case Kind.DATE:
                assert other.on
                made.theirs[place] = replace(other, on=other.on + timedelta(days=random.randrange(1, 60)))
            case Kind.DUPLICATE_THERE:
                made.theirs.append(replace(other, key=f"twice{turn}"))
            case Kind.DUPLICATE_HERE:
                made.ours.append(replace(mine, key=f"twice{turn}"))
            case Kind.ALLOCATED:
                made.theirs[place] = replace(other, open=mine.amount if mine.open == 0 else D(0))
            case Kind.NUMBER:
                made.theirs[place] = replace(other, number=f"ZZ{seed}{turn}Q")
            case Kind.SIGN:
                assert mine.amount is not None and mine.open is not None
                made.theirs[place] = replace(other, number=mine.number, amount=-mine.amount, open=-mine.open)
            case _:
                assert mine.net is not None
                made.theirs[place] = replace(other, number=mine.number, amount=mine.net, open=mine.net)
    made.theirs = [each for each in made.theirs if each.key != "gone"]
    random.shuffle(made.theirs)
    random.shuffle(made.ours)
    return made


def told(found: Comparison) -> Counter[tuple[Kind, str]]:
    return +Counter((each.kind, (*each.ours, *each.theirs)[0].number) for each in found.differences)


def by_plain(planted: Counter[tuple[Kind, str]]) -> Counter[tuple[Kind, str]]:
    """Of what is theirs alone, the number as they write it."""
    return Counter(
        {(kind, core(number)[-6:].zfill(6)): count for (kind, number), count in (+planted).items()}
    )


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("seed", range(12))
def test_every_planted_difference_is_found_and_none_invented(seed: int, mode: Mode) -> None:
    made = scrambled(seed)
    found = compare(made.ours, made.theirs, mode=mode)
    assert by_plain(told(found)) == by_plain(made.planted)
    assert set(found.counts) - {Kind.SAME} == set(PLANTED)
    assert found.ours + sum(each.difference for each in found.findings) == found.theirs
    seen = [line.key for each in found.findings for line in each.ours]
    assert sorted(seen) == sorted(each.key for each in made.ours)
    seen = [line.key for each in found.findings for line in each.theirs]
    assert sorted(seen) == sorted(each.key for each in made.theirs)


def test_the_order_of_lines_does_not_matter() -> None:
    made = scrambled(99)
    first = compare(made.ours, made.theirs)
    assert compare(made.ours[::-1], made.theirs[::-1]) == first


def test_their_account_of_payables_is_recognised() -> None:
    made = scrambled(7)
    assert not likelier_turned(made.ours, made.theirs)
    assert likelier_turned(made.ours, turned(made.theirs))


def line(number: str, amount: str | None, on: date | None = DAY, **values: object) -> Line:
    return replace(Line(number or "?", on, number, D(amount) if amount else None), **values)  # type: ignore[arg-type]


def test_a_document_written_in_parts_is_the_same() -> None:
    theirs = [line("A-0017", "40", key="a"), line("A-0017", "60", key="b")]
    [found] = compare([line("A0017", "100")], theirs).findings
    assert (found.kind, len(found.theirs), found.difference) == (Kind.SAME, 2, 0)


def test_what_only_is_open_is_compared_by_what_is_open() -> None:
    ours = [
        line("A0017", "100", open=D(60)),
        line("B0018", "70", open=D(70)),
        line("C0019", "50", open=D(50)),
    ]
    theirs = [
        line("A0017", None, open=D(100)),
        line("B0018", None, open=D(70)),
        line("C0019", None, open=D(80)),
    ]
    found = compare(ours, theirs, mode=Mode.OPEN)
    assert [each.kind for each in found.findings] == [Kind.ALLOCATED, Kind.SAME, Kind.AMOUNT]
    assert (found.ours, found.theirs) == (180, 250)


def test_a_list_of_open_items_that_says_their_whole_amounts_still_adds_up() -> None:
    [found] = compare([line("A0017", "100", open=D(60))], [line("A0017", "100")], mode=Mode.OPEN).findings
    assert (found.kind, found.difference) == (Kind.ALLOCATED, 40)


def test_what_only_says_what_is_open_is_compared_by_that_with_a_period_too() -> None:
    ours = [line("A0017", "100", open=D(60)), line("B0018", "70", open=D(70))]
    theirs = [line("A0017", None, open=D(60)), line("B0018", None, open=D(70))]
    found = compare(ours, theirs)
    assert [(each.kind, each.difference) for each in found.findings] == [(Kind.AMOUNT, -40), (Kind.SAME, 0)]


def test_many_equal_payments_are_paired_in_their_order() -> None:
    """Each of 3,000 with each would be nine million pairs."""
    days = [DAY + timedelta(days=place % 25) for place in range(3000)]
    ours = [line(f"SK{place:06d}", "-9.9", on, shared=False) for place, on in enumerate(days)]
    theirs = [line("", "-9.9", on + timedelta(days=3), key=f"{place:06d}") for place, on in enumerate(days)]
    found = compare(ours, theirs)
    assert (found.counts[Kind.SAME], found.counts[Kind.DATE]) == (2640, 360)
    assert found.ours == found.theirs


def test_a_payment_without_a_number_is_found_by_amount_and_the_nearest_day() -> None:
    pay = [line(f"SK{n}", "-300", DAY + timedelta(days=n), shared=False) for n in (0, 20)]
    theirs = [line("", "-300", DAY + timedelta(days=n), key=str(n)) for n in (22, 1)]
    found = compare(pay, theirs)
    assert [(each.kind, each.ours[0].number, each.theirs[0].key) for each in found.findings] == [
        (Kind.DATE, "SK0", "1"), (Kind.DATE, "SK20", "22"),
    ]  # fmt: skip


def test_numbers_are_read_as_people_write_them() -> None:
    assert plain(" ys-2026 01 ") == "YS202601" == plain("ＹＳ２０２６０１")
    assert core("YS000123") == "123" == core("123")
    assert core("ABC") == "ABC"
    assert len(DIFFERENT) == 10
