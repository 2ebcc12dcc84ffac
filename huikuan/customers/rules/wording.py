"""Payment terms as people write them: NET 30, 月结60天, 票到30天, 次月15日, 预付30%余款货到.

Only wordings with one meaning are understood; the rest is None and asked, never guessed. The one convention:
月结30, 60 and 90 count months, other numbers of days after the month's end count days.
"""

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from huikuan.customers.rules.instalments import Instalment
from huikuan.customers.rules.terms import BaseEvent, TermRule, UnusableTerm

_ONE_TO_NINE: Final = "[一二三四五六七八九]"
_N: Final = f"([0-9]{{1,3}}|两|{_ONE_TO_NINE}|{_ONE_TO_NINE}?十{_ONE_TO_NINE}?|一百(?:{_ONE_TO_NINE}十)?)"
_PAY: Final = "(?:付款|付清|支付|结清|结算|结款|即付|到账|付)?"
_WITHIN: Final = "(?:以内|之内|内|以后|之后|后)?"

_EVENTS: Final = (
    (BaseEvent.INVOICE_RECEIVED, "收到发票|发票收到|收票|票到|到票|见票"),
    (BaseEvent.INVOICE, "开具发票|开票|发票|invoice"),
    (BaseEvent.DELIVERY, "货到|到货|收货|签收|发货|交货|送货|交付|delivery"),
    (BaseEvent.ACCEPTANCE, "验收"),
    (BaseEvent.STATEMENT, "对账|对帐"),
    (BaseEvent.ORDER, "合同签订|签订合同|签合同|签约|下单|订单"),
)
_EVENT: Final = re.compile(
    "(?:自|从|按|on|upon)?(?:"
    + "|".join(f"(?P<{event.value}>{words})" for event, words in _EVENTS)
    + ")(?:合格|确认|日期|之日|单|日|date)?(?:起|之后|以后|后)?"
)

_ENGLISH_ORDER: Final = re.compile("(.+)(?:after|from)((?:invoice|delivery)(?:date)?)")

# Whole texts, separated by spaces.
_ON_DELIVERY: Final = "货到付款 货到即付 货到付清 现款现货 现货现款 一手交钱一手交货 cod cashondelivery"
_PREPAID: Final = (
    "款到发货 款到交货 先款后货 预付 预付款 预付全款 全额预付 全款预付 预付100% 100%预付 prepaid prepay "
    "prepayment cia cashinadvance paymentinadvance 100%prepaid"
)
_END_OF_THIS_MONTH: Final = "当月结 当月底 当月末 当月底付款 当月末付款 本月底 本月末 eom"
_WHOLE_TEXTS: Final = {
    **dict.fromkeys(_ON_DELIVERY.split(), TermRule.on_delivery()),
    **dict.fromkeys(_PREPAID.split(), TermRule.prepaid()),
    **dict.fromkeys(_END_OF_THIS_MONTH.split(), TermRule.period_days(0)),
}

_COUNTED_AS_MONTHS: Final = frozenset({30, 60, 90})

_Builder = Callable[[re.Match[str], BaseEvent], TermRule | None]


def _billed_monthly(match: re.Match[str], event: BaseEvent) -> TermRule:
    days = _number(match[1])
    if days in _COUNTED_AS_MONTHS:
        return TermRule.period_months(days // 30, base_event=event)
    return TermRule.period_days(days, base_event=event)


def _later_month(months: int) -> _Builder:
    return lambda match, event: TermRule.after_months(months, day=_number(match[1]), base_event=event)


def _later_month_end(months: int) -> _Builder:
    return lambda match, event: TermRule.after_months(months, day=31, base_event=event)


def _on_day_of_named_month(match: re.Match[str], event: BaseEvent) -> TermRule:
    return TermRule.after_months(_number(match[1]), day=_number(match[2]), base_event=event)


def _after_cutoff(match: re.Match[str], event: BaseEvent) -> TermRule:
    return TermRule.period_days(_number(match[2]), cutoff=_number(match[1]), base_event=event)


_DAY: Final = f"{_N}(?:日|号)(?:之?前)?"
_PATTERNS: Final[tuple[tuple[re.Pattern[str], _Builder], ...]] = tuple(
    (re.compile(pattern), builder)
    for pattern, builder in (
        (f"(?:net|n/?|账期|信用期|t/?t)?{_N}", lambda m, e: TermRule.net(_number(m[1]), base_event=e)),
        (
            f"(?:net|n/?|账期|信用期|t/?t)?{_N}(?:天|days?|d|日(?=以?内|之内|以?后|之后)){_WITHIN}(?:账期)?{_PAY}",
            lambda m, e: TermRule.net(_number(m[1]), base_event=e),
        ),
        (
            f"{_N}(?:个月|months?){_WITHIN}{_PAY}",
            lambda m, e: TermRule.after_months(_number(m[1]), base_event=e),
        ),
        (f"半年{_WITHIN}{_PAY}", lambda m, e: TermRule.after_months(6, base_event=e)),
        (
            f"{_N}(?:年|years?){_WITHIN}{_PAY}",
            lambda m, e: TermRule.after_months(12 * _number(m[1]), base_event=e),
        ),
        (f"月结{_N}天?(?:账期)?{_PAY}", _billed_monthly),
        (
            f"月结{_N}个月{_PAY}",
            lambda m, e: TermRule.period_months(_number(m[1]), base_event=e),
        ),
        (
            f"(?:net)?{_N}(?:days?)?(?:eom|endofmonth)",
            lambda m, e: TermRule.period_days(_number(m[1]), base_event=e),
        ),
        (f"(?:次|下|下个)月{_DAY}{_PAY}", _later_month(1)),
        (f"(?:次次|隔|下下|下下个)月{_DAY}{_PAY}", _later_month(2)),
        (f"(?:次|下|下个)月(?:底|末)(?:之?前)?{_PAY}", _later_month_end(1)),
        (f"(?:次次|隔|下下|下下个)月(?:底|末)(?:之?前)?{_PAY}", _later_month_end(2)),
        (f"第{_N}个?月的?{_DAY}{_PAY}", _on_day_of_named_month),
        (
            f"(?:每月)?{_N}(?:日|号)(?:截止|截单|截账|结账|结帐|对账|对帐){_WITHIN}{_N}天{_WITHIN}{_PAY}",
            _after_cutoff,
        ),
    )
)
_RETENTION: Final = re.compile(
    f"(?:质保金?|质量保证金|保证金|质保期)(?:满|期满)?(?:{_N}个月|{_N}年|(半年))(?:期满|后)?{_PAY}"
)


def parse_term(text: str) -> TermRule | None:
    """Return the one term that a text means, or None when it means several, is ambiguous or unknown.

    Without a word for the base date it counts from the invoice.
    """
    if len(text) > _LONGEST_TEXT:
        return None
    try:
        return _term(_plain(text))
    except UnusableTerm:
        return None


_PUNCTUATION: Final = re.compile(r"[\s\-.,。、;:()\"'“”+]+")
_LONGEST_TEXT: Final = 200


def _plain(text: str) -> str:
    """Drop spaces and punctuation, except where they keep numbers apart: 30 60 is not 3060, -30 not 30."""
    return _PUNCTUATION.sub(_nothing_unless_meant, unicodedata.normalize("NFKC", text).casefold())


def _nothing_unless_meant(match: re.Match[str]) -> str:
    text, start, end = match.string, match.start(), match.end()
    if not text[end : end + 1].isdigit():
        return ""
    minus = start == 0 and match[0].endswith("-")
    return match[0] if minus or text[max(0, start - 1) : start].isdigit() else ""


def _term(words: str) -> TermRule | None:
    if words in _WHOLE_TEXTS:
        return _WHOLE_TEXTS[words]
    retention = _RETENTION.fullmatch(words)
    if retention:
        months, years, half_year = retention.groups()
        return TermRule.retention(6 if half_year else _number(months) if months else 12 * _number(years))
    turned = _ENGLISH_ORDER.fullmatch(words)
    if turned:
        words = turned[2] + turned[1]
    named = _EVENT.match(words)
    if named is None or named.lastgroup is None:
        return _counted(words, BaseEvent.INVOICE)
    event, rest = BaseEvent(named.lastgroup), words[named.end() :]
    return _at_once(event) if re.fullmatch(_PAY, rest) else _counted(rest, event)


def _counted(words: str, event: BaseEvent) -> TermRule | None:
    for pattern, build in _PATTERNS:
        match = pattern.fullmatch(words)
        if match:
            return build(match, event)
    return None


def _at_once(event: BaseEvent) -> TermRule:
    return TermRule.on_delivery() if event is BaseEvent.DELIVERY else TermRule.net(0, base_event=event)


_DIGITS: Final = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_UNITS: Final = {"十": 10, "百": 100}


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    total = last = 0
    for character in text:
        if character in _UNITS:
            total, last = total + (last or 1) * _UNITS[character], 0
        else:
            last = _DIGITS[character]
    return total + last


_REMAINDER: Final = re.compile("(?:余款|尾款|剩余款项|剩余|其余|balance)")
_PERCENT: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,4})?)%")
_SEPARATORS: Final = re.compile("[,;、。\n]|(?=余款|尾款|剩余|其余|balance)")


def parse_instalments(text: str) -> tuple[Instalment, ...] | None:
    """Return the instalments that a text means, one of 100 % for a single term; None when it is not clear.

    预付30%余款货到 is 30 % with the order and 70 % on delivery.
    """
    term = parse_term(text)
    if term is not None:
        return (Instalment(Decimal(100), term),)
    if len(text) > _LONGEST_TEXT:
        return None
    pieces = [_plain(piece) for piece in _SEPARATORS.split(unicodedata.normalize("NFKC", text).casefold())]
    instalments: list[Instalment] = []
    for piece in filter(None, pieces):
        left = Decimal(100) - sum((instalment.percent for instalment in instalments), Decimal(0))
        instalment = _share(piece, left)
        if instalment is None:
            return None
        instalments.append(instalment)
    total = sum((instalment.percent for instalment in instalments), Decimal(0))
    return tuple(instalments) if total == 100 and len(instalments) > 1 else None


def _share(piece: str, left: Decimal) -> Instalment | None:
    words = _REMAINDER.sub("", piece)
    share = _PERCENT.search(words)
    if share is None and words == piece:
        return None
    if share is not None:
        words = words[: share.start()] + words[share.end() :]
    term = parse_term(words) or parse_term(re.sub("^(?:付款|支付|付)|款$", "", words))
    try:
        return Instalment(Decimal(share[1]) if share else left, term) if term else None
    except UnusableTerm:
        return None
