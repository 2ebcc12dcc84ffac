"""Money that is no customer's payment: interest, fees, taxes, refunds of suppliers, our own transfers."""

from __future__ import annotations

import re
from collections.abc import Collection

from huikuan.cash.matching.facts import Line
from huikuan.cash.matching.names import bare_name
from huikuan.cash.matching.options import Reason

_KINDS = {"fee": "bank_fee", "interest": "interest"}
_WORDS = (
    ("interest", re.compile(r"结息|利息|存款息|计息|季息|INTEREST", re.IGNORECASE)),
    ("bank_fee", re.compile(r"(?:退|返)(?:还)?手续费|手续费(?:退|返)|账户管理费")),
    ("tax", re.compile(r"退税|税款|税费|国库|待报解|留抵退|税收返还|即征即退|出口退")),
    ("payroll", re.compile(r"工资|薪资|代发|社保|公积金|医保|生育津贴|稳岗|补贴|补助|奖励资金")),
    (
        "loan",
        re.compile(
            r"贷款发放|放款|借款|还贷|理财|赎回|结构性存款|定期存款|定期到期|转定期|通知存款|七天通知|大额存单|投资款|增资|验资|注资"
        ),
    ),
    (
        "supplier",
        re.compile(r"供应商退|采购退|退采购|退(?:回)?多付|货款退回|退预付|退货款|退款|冲正|退汇|退票"),
    ),
    ("deposit", re.compile(r"投标保证金|保证金退|退(?:还|回)?(?:投标|履约)?保证金|押金")),
    ("own", re.compile(r"内部(?:转账|调拨|划转)|资金(?:归集|下拨|调拨|划转)|本行转账调拨|同名划转")),
)
_OFFICES = re.compile(
    r"税务局|国家金库|国库|财政局|社会保险|公积金管理|人力资源和社会|待报解|应付利息|利息支出|待清算|法院"
)


def unrelated(line: Line, own_names: Collection[str]) -> Reason | None:
    """What the line is instead of a customer's payment, where its kind, its text or its counterparty says so."""
    if line.kind in _KINDS:
        return Reason("unrelated", {"what": _KINDS[line.kind]})
    if line.counterparty and bare_name(line.counterparty) in own_names:
        return Reason("unrelated", {"what": "own"})
    if _OFFICES.search(line.counterparty):
        return Reason("unrelated", {"what": "office"})
    for what, pattern in _WORDS:
        if pattern.search(line.text):
            return Reason("unrelated", {"what": what})
    return None
