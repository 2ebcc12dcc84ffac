"""CAMT.052, .053 and .054 (ISO 20022): reports, statements and notifications, whatever their version.

Versions differ in where a name or a status stands (`Dbtr/Nm` and `Dbtr/Pty/Nm`, `Sts` and `Sts/Cd`), not in what is
said, so elements are found by path in all of them. One entry is one line, also where a batch names many payments:
that is what the account moved by.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from huikuan.cash.formats.amounts import read_amount, read_currency
from huikuan.cash.formats.errors import StatementUnreadable, shortened
from huikuan.cash.formats.markup import Element
from huikuan.cash.formats.meaning import kind_by_words
from huikuan.cash.formats.statements import ParsedLine, ParsedStatement

_KINDS: Final = {
    "BkToCstmrAcctRpt": "camt.052",
    "BkToCstmrStmt": "camt.053",
    "BkToCstmrDbtCdtNtfctn": "camt.054",
}
_PARTS: Final = ("Stmt", "Rpt", "Ntfctn")
_OPENINGS: Final = ("OPBD", "PRCD")
_CLOSINGS: Final = ("CLBD",)
_SUB_FAMILIES: Final = {
    **dict.fromkeys(("CHRG", "FEES", "COMM", "ACCF"), "fee"),
    **dict.fromkeys(("INTR", "CHIN", "CRIN", "DBIN"), "interest"),
    **dict.fromkeys(("RRTN", "UPDD", "UPCT", "UPCQ", "RPCR", "PRDD", "RVSL"), "return"),
}
_NOT_SAID: Final = frozenset({"", "NOTPROVIDED", "NOTPROV", "NONREF"})


def looks_like_camt(root: Element) -> bool:
    """Whether the document is a message of cash management."""
    return root.name == "Document" and any(child.name in _KINDS for child in root.children)


def read_camt(root: Element) -> tuple[ParsedStatement, ...]:
    """All statements of the message; raises StatementUnreadable naming the line."""
    found = [
        _statement(part, _KINDS[message.name])
        for message in root.children
        if message.name in _KINDS
        for part in message.children
        if part.name in _PARTS
    ]
    if not found:
        raise StatementUnreadable(_("报文里没有对账单。"), row=root.row)
    return tuple(found)


def _statement(part: Element, kind: str) -> ParsedStatement:
    account = "".join(part.says("Acct/Id/IBAN", "Acct/Id/Othr/Id").split())
    if not account:
        raise StatementUnreadable(_("对账单没有账号。"), row=part.row)
    entries = list(part.all("Ntry"))
    currency = _currency(part, entries)
    notices: list[str] = []
    booked = [entry for entry in entries if entry.says("Sts/Cd", "Sts") in ("BOOK", "")]
    if len(booked) < len(entries):
        notices.append(_("有 %d 笔尚未入账的流水没有读取。") % (len(entries) - len(booked)))
    lines = tuple(_line(entry, currency) for entry in booked)
    _check_summary(part, lines)
    balances = list(_balances(part, currency, notices))
    opening = next((amount for code, amount, _on in balances if code in _OPENINGS), None)
    closing = next((amount for code, amount, _on in reversed(balances) if code in _CLOSINGS), None)
    starts, ends = _period(part, lines, [on for _code, _amount, on in balances if on], notices)
    return ParsedStatement(
        format=kind,
        account=account,
        currency=currency,
        lines=lines,
        number=(part.says("ElctrncSeqNb", "LglSeqNb") or part.says("Id"))[:64],
        starts_on=starts,
        ends_on=ends,
        opening=opening,
        closing=closing,
        row=part.row,
        notices=tuple(notices),
    )


def _currency(part: Element, entries: list[Element]) -> str:
    """The account's currency; where it is not said, that of the entries, else of the opening balance."""
    said = part.find("Acct/Ccy")
    if said is not None:
        return read_currency(said.text, row=said.row)
    for element in (*entries, *part.all("Bal")):
        amount = element.find("Amt")
        if amount is not None:
            return read_currency(amount.attributes.get("Ccy", ""), row=amount.row)
    raise StatementUnreadable(_("对账单没有写明币种。"), row=part.row)


def _line(entry: Element, currency: str) -> ParsedLine:
    amount = _amount(entry, currency)
    reversal = entry.says("RvslInd").lower() in ("true", "1")
    details = [found for part in entry.all("NtryDtls") for found in part.all("TxDtls")]
    credit = entry.says("CdtDbtInd") == "CRDT"
    # A reversal names the parties of what it takes back, so they stand on the other side.
    other = "Dbtr" if credit != reversal else "Cdtr"
    booked = _day(entry, "BookgDt") or _day(entry, "ValDt")
    if booked is None:
        raise StatementUnreadable(_("流水没有入账日期。"), row=entry.row)
    text = " ".join(dict.fromkeys(_texts(entry, details)))
    return ParsedLine(
        row=entry.row,
        booked_on=booked,
        value_on=_day(entry, "ValDt"),
        amount=amount,
        kind=_kind(entry, details, reversal, text),
        counterparty=_only(_name(each, other) for each in details),
        counterparty_account=_only(_account(each, other) for each in details),
        counterparty_bank=_only(_bank(each, other) for each in details),
        reference=_reference(entry, details),
        text=text,
    )


def _amount(element: Element, currency: str) -> Decimal:
    amount = element.find("Amt")
    if amount is None:
        raise StatementUnreadable(_("流水没有金额。"), row=element.row)
    if amount.attributes.get("Ccy", currency) != currency:
        raise StatementUnreadable(
            _("流水的币种 %(found)s 不是账户的币种 %(currency)s。")
            % {"found": shortened(amount.attributes["Ccy"]), "currency": currency},
            row=amount.row,
        )
    value = read_amount(amount.text, row=amount.row)
    return value if _is_credit(element) else -value


def _is_credit(element: Element) -> bool:
    side = element.says("CdtDbtInd")
    if side not in ("CRDT", "DBIT"):
        raise StatementUnreadable(_("没有写明是收入还是支出（CdtDbtInd）。"), row=element.row)
    return side == "CRDT"


def _balances(part: Element, currency: str, notices: list[str]) -> Iterable[tuple[str, Decimal, date | None]]:
    """Code, amount and day of each balance in the account's own currency."""
    for balance in part.all("Bal"):
        code = balance.says("Tp/CdOrPrtry/Cd")
        if code not in (*_OPENINGS, *_CLOSINGS):
            continue
        amount = balance.find("Amt")
        if amount is None:
            raise StatementUnreadable(_("余额没有金额。"), row=balance.row)
        if amount.attributes.get("Ccy", currency) != currency:
            notices.append(
                _("第 %(row)d 行的余额是 %(found)s，不是账户的币种 %(currency)s，没有采用。")
                % {"row": balance.row, "found": shortened(amount.attributes["Ccy"]), "currency": currency}
            )
            continue
        value = read_amount(amount.text, row=amount.row)
        yield code, value if _is_credit(balance) else -value, _day(balance, "Dt")


def _period(
    part: Element, lines: tuple[ParsedLine, ...], balance_days: list[date], notices: list[str]
) -> tuple[date, date]:
    days = [line.booked_on for line in lines]
    first, last = _clock(part, "FrToDt/FrDtTm", "FrToDt/FrDt"), _clock(part, "FrToDt/ToDtTm", "FrToDt/ToDt")
    if first and last and first <= last:
        if not days or (first <= min(days) and max(days) <= last):
            return first, last
        notices.append(_("对账单写明的期间不包含全部流水，按流水的日期读取。"))
    days += balance_days if not days else []
    if not days:
        created = _clock(part, "CreDtTm")
        if created is None:
            raise StatementUnreadable(_("对账单没有流水，也没有日期。"), row=part.row)
        days = [created]
    return min(days), max(days)


def _clock(part: Element, *paths: str) -> date | None:
    for path in paths:
        found = part.find(path)
        if found is not None and found.text:
            return _date(found)
    return None


def _day(element: Element, name: str) -> date | None:
    return _clock(element, f"{name}/Dt", f"{name}/DtTm")


def _date(element: Element) -> date:
    try:
        return date.fromisoformat(element.text[:10])
    except ValueError as error:
        raise StatementUnreadable(
            _("看不懂日期“%s”，或日历上没有这一天。") % shortened(element.text), row=element.row
        ) from error


def _check_summary(part: Element, lines: tuple[ParsedLine, ...]) -> None:
    """Where the statement says how many entries it has, all of them must be here."""
    said = part.find("TxsSummry/TtlNtries/NbOfNtries")
    if said is not None and said.text.isdigit() and int(said.text) != len(list(part.all("Ntry"))):
        raise StatementUnreadable(
            _("对账单说有 %(count)s 笔流水，实际是 %(found)d 笔。")
            % {"count": said.text, "found": len(list(part.all("Ntry")))},
            row=said.row,
        )


def _kind(entry: Element, details: list[Element], reversal: bool, text: str) -> str:
    if reversal or any(each.find("RtrInf") is not None for each in details):
        return "return"
    family = entry.says("BkTxCd/Domn/Fmly/SubFmlyCd")
    return _SUB_FAMILIES.get(family) or kind_by_words(entry.says("AddtlNtryInf"), text)


def _name(details: Element, side: str) -> str:
    parties = details.find("RltdPties")
    if parties is None:
        return ""
    return parties.says(f"{side}/Nm", f"{side}/Pty/Nm", f"Ultmt{side}/Nm", f"Ultmt{side}/Pty/Nm")


def _account(details: Element, side: str) -> str:
    said = details.says(f"RltdPties/{side}Acct/Id/IBAN", f"RltdPties/{side}Acct/Id/Othr/Id")
    return "".join(said.split())


def _bank(details: Element, side: str) -> str:
    agent = f"RltdAgts/{side}Agt/FinInstnId"
    return details.says(f"{agent}/Nm", f"{agent}/BICFI", f"{agent}/BIC")


def _reference(entry: Element, details: list[Element]) -> str:
    own = entry.says("AcctSvcrRef") or _only(each.says("Refs/AcctSvcrRef") for each in details)
    return own[:140] if own.upper() not in _NOT_SAID else ""


def _only(values: Iterable[str]) -> str:
    """What all payments of an entry agree on; a batch of several payers has none."""
    found = {value for value in values if value}
    return found.pop() if len(found) == 1 else ""


def _texts(entry: Element, details: list[Element]) -> Iterable[str]:
    for each in details:
        remittance = each.find("RmtInf")
        if remittance is not None:
            for name in ("Ustrd", "Ref", "Nb", "AddtlRmtInf"):
                yield from (found.text for found in remittance.everywhere(name) if found.text)
        for path in ("Refs/EndToEndId", "AddtlTxInf", "RtrInf/AddtlInf"):
            said = each.says(path)
            if said.upper() not in _NOT_SAID:
                yield said
    if entry.says("AddtlNtryInf"):
        yield entry.says("AddtlNtryInf")
