"""Whatever is written in a supported style is read back as it was."""

import tempfile
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from huikuan.tables import CODES, TableError, inspect, read
from huikuan.tables.amounts import AmountColumn, AmountEvidence, settle_marks
from huikuan.tables.cells import Bad
from huikuan.tables.dates import DateColumn, DateEvidence, settle_orders
from huikuan.tables.texts import CodeColumn, TextColumn

AMOUNTS = st.decimals(
    min_value=Decimal("-999999999999999.9999"), max_value=Decimal("999999999999999.9999"), places=4
)
DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))
SIGNS = st.sampled_from(["", "¥", "￥ ", "$", "€", "RMB ", "CNY"])
WIDE = str.maketrans("0123456789.,-()", "０１２３４５６７８９．，－（）")


@st.composite
def written_amounts(draw: st.DrawFn) -> tuple[str, str, Decimal]:
    """An amount as text, the decimal mark of its style, and its value."""
    value = draw(AMOUNTS)
    mark = draw(st.sampled_from(".,"))
    group = draw(st.sampled_from(["", "," if mark == "." else ".", " ", "\u00a0", "\u202f", "'"]))
    text = f"{abs(value):,f}"
    if draw(st.booleans()):
        text = text.rstrip("0").rstrip(".")
    text = text.replace(",", "\0").replace(".", mark).replace("\0", group)
    text = draw(SIGNS) + text + draw(st.sampled_from(["", "元", " CNY"]))
    if value < 0:
        text = draw(st.sampled_from(["-{}", "({})", "{}-", "－{}", "（{}）", "\u2212{}"])).format(text)
    elif draw(st.booleans()):
        text = f"+{text}"
    if draw(st.booleans()):
        text = text.translate(WIDE)
    return draw(st.sampled_from(["{}", " {} ", "\t{}"])).format(text), mark, value


@given(written_amounts())
def test_amounts_in_every_style(case: tuple[str, str, Decimal]) -> None:
    text, mark, value = case
    found = AmountColumn(mark)[text]
    assert type(found) is Decimal
    assert found == value
    assert AmountColumn(mark).column([text, text]) == [value, value]


@given(st.lists(written_amounts(), min_size=1, max_size=20), st.sampled_from(".,"))
def test_the_decimal_mark_of_a_column_is_found(cases: list[tuple[str, str, Decimal]], mark: str) -> None:
    cells = [text for text, style, _value in cases if style == mark]
    evidence = AmountEvidence()
    evidence.add([*cells, "1.234,50" if mark == "," else "1,234.50"])
    assert settle_marks({"amount": evidence})[0]["amount"] == mark


@given(st.floats(min_value=-1e11, max_value=1e11).map(lambda value: round(value, 4)))
def test_number_cells_keep_what_they_show(value: float) -> None:
    assert AmountColumn(".")[value] == Decimal(repr(value))


@given(st.lists(st.text(max_size=20), min_size=1, max_size=20), st.sampled_from(".,"))
def test_any_text_is_an_amount_blank_or_refused_alike_alone_and_in_a_column(
    texts: list[str], mark: str
) -> None:
    together = AmountColumn(mark).column(texts)
    for text, found in zip(texts, together, strict=True):
        alone = AmountColumn(mark)[text]
        assert alone == found
        assert found is None or isinstance(found, (Decimal, Bad))
        if isinstance(found, Decimal):
            assert found.is_finite()
            assert abs(found) < 10**15


UNMISTAKABLE = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y年%m月%d日",
    "%Y%m%d",
    "%d-%b-%Y",
    "%b %d, %Y",
]


@given(
    DAYS, st.times(), st.sampled_from(UNMISTAKABLE), st.sampled_from(["", " %H:%M", " %H:%M:%S", " %I:%M %p"])
)
def test_unmistakable_dates(day: date, moment: time, form: str, clock: str) -> None:
    text = datetime.combine(day, moment).strftime(form + clock)
    for order in ("YMD", "DMY", "MDY"):
        assert DateColumn(order)[text] == day


@given(
    st.lists(DAYS, min_size=1, max_size=30),
    st.sampled_from("-/."),
    st.sampled_from(["DMY", "MDY"]),
    st.booleans(),
)
def test_dates_with_the_year_last_once_a_day_beyond_twelve_shows_the_order(
    days: list[date], separator: str, order: str, padded: bool
) -> None:
    days = [*days, date(2026, 1, 31)]
    width = 2 if padded else 1
    texts = []
    for day in days:
        first, second = (day.day, day.month) if order == "DMY" else (day.month, day.day)
        texts.append(f"{first:0{width}}{separator}{second:0{width}}{separator}{day.year}")
    evidence = DateEvidence("on")
    evidence.add(texts)
    assert settle_orders({"on": evidence}, None)[0] == {"on": order}
    assert DateColumn(order).column(texts) == days


@given(st.lists(st.text(max_size=30), min_size=1, max_size=20))
def test_any_text_is_a_date_blank_or_refused(texts: list[str]) -> None:
    for found in DateColumn("DMY").column(texts):
        assert found is None or isinstance(found, (date, Bad))
    evidence = DateEvidence("on")
    evidence.add(texts)
    evidence.candidates()


@given(st.lists(st.text(max_size=30), min_size=1, max_size=20))
def test_texts_come_out_clean_and_alike_alone_and_in_a_column(texts: list[str]) -> None:
    for make in (lambda: TextColumn(20), lambda: CodeColumn(20)):
        together = make().column(texts)
        for text, found in zip(texts, together, strict=True):
            assert make()[text] == found
            if isinstance(found, str):
                assert found == " ".join(found.split())
                assert 0 < len(found) <= 20
                assert "\0" not in found


HEADER = "客户编码,发票号,开票日期,金额,备注\n"


@given(
    st.one_of(
        st.text(max_size=300).map(lambda text: (HEADER + text).encode("utf-8", "replace")),
        st.binary(max_size=300).map(lambda content: HEADER.encode() + content),
        st.binary(max_size=300),
        st.lists(
            st.lists(st.text(alphabet='1,-/.;"\n\r E+年￥月日x', max_size=12), max_size=6), max_size=8
        ).map(lambda rows: (HEADER + "\n".join(map(",".join, rows))).encode()),
    )
)
def test_any_file_is_read_or_refused_by_name(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table"
        path.write_bytes(content)
        try:
            layout = inspect(path, kind="invoices")
        except TableError as error:
            assert error.code in CODES
            return
        read_rows = sum(chunk.read for chunk in read(path, layout, chunk_rows=3))
        assert read_rows <= layout.total_rows
