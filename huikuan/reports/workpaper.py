"""审计底稿 as a workbook: what a provision was computed from, sheet by sheet, with live formulas from debts to the charge.

Made of the frozen content alone (`risk.workpaper.Frozen`): the same content gives the same file.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from huikuan.core.money import currency_exponent
from huikuan.core.spreadsheets import is_exact
from huikuan.core.workbooks import describe, head_height, set_for_paper
from huikuan.organizations.actors import actor_words
from huikuan.reports.words import bucket_label
from huikuan.risk.models import Provision
from huikuan.risk.rules import BUCKETS
from huikuan.risk.workpaper import Frozen

ZERO = Decimal(0)
Sheet = Any


def workpaper_xlsx(frozen: Frozen, made: Provision | None) -> bytes:
    """The workbook of a provision that was posted, or (None) of one that is only proposed."""
    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(out, options) as book:
        moment = made.act.recorded_at if made else datetime.combine(_day(frozen.data["as_of"]), time(), UTC)
        describe(book, _title(frozen), made_at=moment)
        _Workpaper(book, frozen, made).write()
    return out.getvalue()


def _title(frozen: Frozen) -> str:
    return _("%(name)s 坏账准备审计底稿 %(day)s") % {
        "name": frozen.data["organization"]["name"],
        "day": frozen.data["as_of"],
    }


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _group(bucket: str) -> str:
    """What the debts of a bucket are marked with, or ("") those of assessed customers."""
    return bucket_label(bucket) if bucket else _("单项计提")


class _Workpaper:
    def __init__(self, book: xlsxwriter.Workbook, frozen: Frozen, made: Provision | None) -> None:
        self.book, self.frozen, self.data, self.made = book, frozen, frozen.data, made
        places = currency_exponent(self.data["organization"]["currency"])
        self.places = places
        money = f"#,##0{'.' + '0' * places if places else ''}"
        form = book.add_format
        self.text = form()
        self.bold = form({"bold": True})
        self.head = form({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.money = form({"num_format": money})
        self.total = form({"num_format": money, "bold": True, "top": 1})
        self.rate = form({"num_format": "0.00####%"})
        self.count = form({"num_format": "0"})
        self.items = _("明细")
        self.matrix = _("计提计算")

    def write(self) -> None:
        """Every sheet, from the result to what it rests on."""
        self._summary()
        self._calculation()
        self._compared()
        self._items()
        self._customers()
        self._rolls()

    def _sheet(self, name: str, heads: Sequence[str], widths: Sequence[int], remark: str = "") -> Sheet:
        sheet = self.book.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        set_for_paper(
            sheet, widths, head=2, title=_title(self.frozen), moment=_("截至 %s") % self.data["as_of"]
        )
        sheet.write_string(0, 0, _title(self.frozen), self.bold)
        if remark:
            sheet.write_string(1, 0, remark)
        if heads:
            self._heads(sheet, 2, heads, widths[: len(heads)])
            sheet.freeze_panes(3, 0)
        return sheet

    def _heads(self, sheet: Sheet, row: int, heads: Sequence[str], widths: Sequence[int]) -> None:
        sheet.set_row(row, head_height(heads, widths))
        for column, head in enumerate(heads):
            sheet.write_string(row, column, head, self.head)

    def _amount(self, sheet: Sheet, row: int, column: int, value: Decimal | str, form: Any = None) -> None:
        amount = Decimal(value)
        if is_exact(amount):
            sheet.write_number(row, column, float(amount), form or self.money)
        else:
            sheet.write_string(row, column, f"{amount:f}")

    def _formula(
        self, sheet: Sheet, row: int, column: int, formula: str, value: Decimal, form: Any = None
    ) -> None:
        sheet.write_formula(row, column, formula, form or self.money, float(value))

    def _summary(self) -> None:
        data, made = self.data, self.made
        sheet = self._sheet(_("概要"), (), (26, 44))
        lines: list[tuple[str, str | Decimal]] = [
            (_("截至"), data["as_of"]),
            (_("币种"), data["organization"]["currency"]),
            (_("应有准备"), Decimal(data["required"])),
            (_("计提前"), Decimal(data["before"])),
            (_("计提（转回）"), Decimal(data["charge"])),
            (_("状态"), _("已过账") if made else _("试算，未过账")),
        ]
        if made:
            lines += [
                (_("经办"), actor_words(made.act.actor_name)),
                (_("记录时间"), f"{made.act.recorded_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"),
            ]
        lines += [
            (_("计提比例自"), data["matrix"]["effective_on"]),
            (_("比例说明"), data["matrix"]["note"]),
            (_("付款模型"), self._model()),
            (_("输入的 SHA-256"), self.frozen.digest),
        ]
        for row, (label, value) in enumerate(lines, start=2):
            sheet.write_string(row, 0, label, self.bold)
            if isinstance(value, Decimal):
                self._amount(sheet, row, 1, value)
            else:
                sheet.write_string(row, 1, value)
        row = len(lines) + 4
        heads = (
            _("坏账准备变动，自"), _("期初"), _("计提"), _("转回"), _("坏账核销"), _("收回"), _("其他"), _("计提前"),
        )  # fmt: skip
        self._heads(sheet, row, heads, (26, 44, 15, 15, 15, 15, 15, 15))
        for place, (first, *figures) in enumerate(data["moved"], start=row + 1):
            sheet.write_string(place, 0, first)
            for column, figure in enumerate(figures[:-1], start=1):
                sign = -1 if column in (3, 4) else 1  # reversals and write-offs take away
                self._amount(sheet, place, column, Decimal(figure) * sign)
            self._formula(sheet, place, 7, f"=SUM(B{place + 1}:G{place + 1})", Decimal(figures[-1]))
        sheet.set_column(2, 7, 15)

    def _model(self) -> str:
        model = self.data["model"]
        if model is None:
            return _("没有用付款模型计算")
        return str(_("第 %(number)s 版，截至 %(until)s，%(digest)s") % model)

    def _calculation(self) -> None:
        """Balances are sums over the debts, losses balance × rate, the charge what is missing: all live."""
        lines = self.data["lines"]
        heads = (
            _("账龄或客户"), _("代码"), _("应收余额"), _("计提比例"), _("预期信用损失"), _("付款模型法"), _("差额"), _("依据"),
        )  # fmt: skip
        remark = _("余额是“明细”里各笔之和；损失是余额乘以比例，四舍五入。")
        sheet = self._sheet(self.matrix, heads, (30, 14, 16, 10, 16, 16, 16, 50), remark)
        top, by_model = 3, self._by_model()
        for row, (bucket, code, name, reason, balance, rate, loss) in enumerate(lines, start=top):
            line = row + 1
            sheet.write_string(row, 0, _group(bucket) if bucket else name)
            sheet.write_string(row, 1, code)
            # "=" before it: the name of a bucket may begin with a sign that would compare.
            name_of = f'"="&A{line}' if bucket else _quoted(_group(""))
            chosen = f"'{self.items}'!G:G,{name_of}"
            of = "" if bucket else f",'{self.items}'!C:C,\"=\"&B{line}"
            self._formula(sheet, row, 2, f"=SUMIFS('{self.items}'!H:H,{chosen}{of})", Decimal(balance))
            sheet.write_number(row, 3, float(Decimal(rate)), self.rate)
            self._formula(sheet, row, 4, f"=ROUND(MAX(0,C{line}*D{line}),{self.places})", Decimal(loss))
            model = by_model.get((bucket, code), ZERO)
            self._formula(sheet, row, 5, f"=SUMIFS('{self.items}'!L:L,{chosen}{of})", model)
            self._formula(sheet, row, 6, f"=F{line}-E{line}", model - Decimal(loss))
            sheet.write_string(row, 7, reason)
        row, last = top + len(lines), top + len(lines)
        sheet.write_string(row, 0, _("应有准备"), self.bold)
        sums = (
            sum((Decimal(line[4]) for line in lines), ZERO), None, Decimal(self.data["required"]),
            sum(by_model.values(), ZERO), sum(by_model.values(), ZERO) - Decimal(self.data["required"]),
        )  # fmt: skip
        for column, value in enumerate(sums, start=2):
            if value is not None:
                letter = "ABCDEFG"[column]
                self._formula(
                    sheet, row, column, f"=SUM({letter}{top + 1}:{letter}{last})", value, self.total
                )
        sheet.write_string(row + 1, 0, _("计提前"))
        self._amount(sheet, row + 1, 4, self.data["before"])
        sheet.write_string(row + 2, 0, _("计提（转回）"), self.bold)
        charge = Decimal(self.data["charge"])
        self._formula(sheet, row + 2, 4, f"=E{row + 1}-E{row + 2}", charge, self.total)

    def _by_model(self) -> dict[tuple[str, str], Decimal]:
        found: dict[tuple[str, str], Decimal] = {}
        for each in self.data["items"]:
            key = (each[6], "" if each[6] else each[2])
            found[key] = found.get(key, ZERO) + Decimal(each[11])
        return found

    def _compared(self) -> None:
        """This period beside the one before, line by line, and how much of the difference is balance and how much rate."""
        earlier = self.data["earlier"]
        heads = (
            _("账龄或客户"), _("代码"), _("上期余额"), _("本期余额"), _("上期比例"), _("本期比例"), _("上期损失"),
            _("本期损失"), _("变动"), _("其中余额引起"), _("其中比例引起"),
        )  # fmt: skip
        remark = _("上期：%s") % (earlier["as_of"] if earlier else _("没有"))
        sheet = self._sheet(_("与上期比较"), heads, (30, 14, *[15] * 9), remark)
        before = {(line[0], line[1]): line for line in earlier["lines"]} if earlier else {}
        now = {(line[0], line[1]): line for line in self.data["lines"]}
        for row, key in enumerate([*now, *(key for key in before if key not in now)], start=3):
            old, new, line = before.get(key), now.get(key), row + 1
            names = new or old
            assert names is not None
            old_figures = [Decimal(text) for text in old[3:6]] if old else [ZERO] * 3
            new_figures = [Decimal(text) for text in new[4:7]] if new else [ZERO] * 3
            sheet.write_string(row, 0, _group(key[0]) if key[0] else names[2])
            sheet.write_string(row, 1, key[1])
            for column, value, form in (
                (2, old_figures[0], self.money), (3, new_figures[0], self.money), (4, old_figures[1], self.rate),
                (5, new_figures[1], self.rate), (6, old_figures[2], self.money), (7, new_figures[2], self.money),
            ):  # fmt: skip
                self._amount(sheet, row, column, value, form)
            change = new_figures[2] - old_figures[2]
            by_balance = (new_figures[0] - old_figures[0]) * old_figures[1]
            self._formula(sheet, row, 8, f"=H{line}-G{line}", change)
            self._formula(sheet, row, 9, f"=(D{line}-C{line})*E{line}", by_balance)
            self._formula(sheet, row, 10, f"=I{line}-J{line}", change - by_balance)

    def _items(self) -> None:
        heads = (
            _("单据"), _("行"), _("代码"), _("客户"), _("单据日期"), _("到期日"), _("账龄"), _("应收余额"), _("计提比例"),
            _("预期信用损失"), _("一年内不付的可能"), _("付款模型法"),
        )  # fmt: skip
        remark = _("截至当天欠的每一笔；各笔的损失加起来就是所属账龄或客户的损失。")
        sheet = self._sheet(self.items, heads, (20, 5, 14, 32, 12, 12, 14, 16, 10, 14, 10, 14), remark)
        for row, each in enumerate(self.data["items"], start=3):
            number, line, code, name, issued, due, bucket, balance, rate, loss, p_lost, by_model = each
            sheet.write_string(row, 0, number)
            sheet.write_number(row, 1, line, self.count)
            for column, text in enumerate((code, name, issued, due or "", _group(bucket)), start=2):
                sheet.write_string(row, column, text)
            self._amount(sheet, row, 7, balance)
            sheet.write_number(row, 8, float(Decimal(rate)), self.rate)
            self._amount(sheet, row, 9, loss)
            if p_lost is not None:
                sheet.write_number(row, 10, float(Decimal(p_lost)), self.rate)
            self._amount(sheet, row, 11, by_model)

    def _customers(self) -> None:
        heads = (_("代码"), _("客户"), _("应收余额"), _("预期信用损失"), _("付款模型法"))
        sheet = self._sheet(_("按客户"), heads, (14, 36, 16, 16, 16))
        names = {each[2]: each[3] for each in self.data["items"]}
        sums: dict[str, list[Decimal]] = {code: [ZERO] * 3 for code in names}
        for each in self.data["items"]:
            for place, at in enumerate((7, 9, 11)):
                sums[each[2]][place] += Decimal(each[at])
        order = sorted(sums, key=lambda code: (-sums[code][1], code))
        for row, code in enumerate(order, start=3):
            sheet.write_string(row, 0, code)
            sheet.write_string(row, 1, names[code])
            for place, letter in enumerate("HJL"):
                formula = f"=SUMIFS('{self.items}'!{letter}:{letter},'{self.items}'!C:C,\"=\"&A{row + 1})"
                self._formula(sheet, row, 2 + place, formula, sums[code][place])

    def _rolls(self) -> None:
        """The history that roll rates come from, and the rates that follow beside those in force."""
        rolls, in_force = self.data["rolls"], self.data["matrix"]["rates"]
        heads = (_("月份"), _("账龄"), _("进入"), _("其中拖进下一段"), _("迁徙率"))
        remark = _("%(since)s 至 %(until)s 的实际收款；单项计提的客户不在其中。") % rolls
        sheet = self._sheet(_("迁徙率"), heads, (12, 16, 18, 18, 12, 14, 14), remark)
        for row, (month, bucket, entered, left) in enumerate(rolls["months"], start=3):
            sheet.write_string(row, 0, month[:7])
            sheet.write_string(row, 1, _group(bucket))
            self._amount(sheet, row, 2, entered)
            self._amount(sheet, row, 3, left)
            share = Decimal(left) / Decimal(entered) if Decimal(entered) > 0 else ZERO
            self._formula(sheet, row, 4, f"=IF(C{row + 1}>0,D{row + 1}/C{row + 1},0)", share, self.rate)
        end = 3 + len(rolls["months"])
        row = end + 1
        basis = self.data["matrix"]["basis"]
        if basis:
            sheet.write_string(
                row,
                0,
                _("现行比例取自 %(since)s 至 %(until)s 的迁徙率，最终损失率 %(final)s，前瞻系数 %(forward)s")
                % basis,
            )
            row += 1
        rates = (_("账龄"), _("平均迁徙率"), _("取比例时的迁徙率"), _("现行计提比例"))
        self._heads(sheet, row, rates, (12, 16, 18, 18))
        for place, bucket in enumerate(BUCKETS):
            row += 1
            sheet.write_string(row, 0, _group(bucket))
            for column, shares in ((1, rolls["rolls"]), (2, basis.get("rolls", []))):
                rolled = shares[place] if place < len(shares) else None
                if rolled is not None:
                    sheet.write_number(row, column, float(Decimal(rolled)), self.rate)
            sheet.write_number(row, 3, float(Decimal(in_force[bucket])), self.rate)


def _quoted(text: str) -> str:
    return '"{}"'.format(text.replace('"', '""'))
