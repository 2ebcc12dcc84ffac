"""Names as banks write them: their bare form, their legal form, and whether one may be another cut short."""

from __future__ import annotations

import re

from huikuan.core.names import folded, normalise_company_name

_ACCOUNT_WORDS = re.compile(
    r"[\s\-_(]*(?:基本户|一般户|基本账户|一般账户|结算户|待核查户|专用户|专户|人民币户?)\)?$"
)
_CHINESE_FORMS = (
    ("joint", re.compile(r"(?:股份有限公司|股份公司)$")),
    ("limited", re.compile(r"(?:有限责任公司|有限公司)$")),
    ("partners", re.compile(r"合伙\W*$")),
    ("sole", re.compile(r"个体工商户\W*$")),
    ("branch", re.compile(r"(?:分公司|子公司|总公司|分厂|办事处|分店)$")),
)
_WESTERN_FORMS = {
    "limited": re.compile(r"\b(?:co\.?,?\s*)?(?:ltd|limited|pte|pvt)\.?$"),
    "inc": re.compile(r"\b(?:inc|incorporated|corp|corporation)\.?$"),
    "llc": re.compile(r"\bllc\.?$"),
    "gmbh": re.compile(r"\bgmbh$"),
}
_COMPANY_IN_TEXT = re.compile(
    r"[\u3400-\u9fffA-Za-z0-9()（）·]{2,40}?(?:股份有限公司|有限责任公司|有限公司|分公司|厂|公司|中心|商行|经营部|研究院|医院|学校)"
)
_BEFORE_A_NAME = re.compile(r"^(?:.*?(?:付款人|付款方|户名|客户|代付|代|付|来自|收到|收|由|为|替)[::]?)")
_PERSON = re.compile(r"[\u3400-\u9fff]{2,4}|[\u3400-\u9fff]{1,6}·[\u3400-\u9fff]{1,10}")
_COMPANY_WORD = re.compile(
    r"公司|厂|店|行|部|社|所|院|局|校|馆|室|站|场|坊|号|会|中心|集团|商贸|科技|实业|工业|机械|电子|贸易|建材"
)
_CONDUIT = re.compile(
    r"支付宝|财付通|微信支付|银联|拉卡拉|网银在线|通联支付|汇付|易宝|连连|快钱|备付金|第三方支付|待清算|清算资金|"
    r"应付.{0,6}(?:暂收|往来|代收)|\b(?:paypal|stripe|payoneer|alipay|tenpay|wechat ?pay)\b"
)
_SHORTEST_CUT = 6
_SHORTEST_LATIN_CUT = 12


def payer_name(text: str) -> str:
    """The name without what the bank adds about the account."""
    return _ACCOUNT_WORDS.sub("", folded(text)).strip()


def bare_name(text: str) -> str:
    """The form under which spellings of one name meet: see `normalise_company_name`."""
    return normalise_company_name(payer_name(text))


def legal_form(text: str) -> str:
    """What kind of company the name says it is, empty where it does not say."""
    name = payer_name(text)
    for form, pattern in _CHINESE_FORMS:
        if pattern.search(name):
            return form
    for form, pattern in _WESTERN_FORMS.items():
        if pattern.search(name):
            return form
    return ""


def forms_agree(one: str, other: str) -> bool:
    """Whether two names may be of one company as far as their legal forms go."""
    mine, theirs = legal_form(one), legal_form(other)
    return not mine or not theirs or mine == theirs


def is_person(text: str) -> bool:
    """Whether the name looks like a person's: many people bear it."""
    name = payer_name(text)
    return bool(_PERSON.fullmatch(name)) and not _COMPANY_WORD.search(name)


def is_conduit(text: str) -> bool:
    """Whether the name is of somebody through whom everybody pays: a payment platform, a clearing account."""
    return bool(_CONDUIT.search(payer_name(text)))


def may_be_cut(text: str) -> bool:
    """Whether the name can be the beginning of a longer one: long enough to tell, without a legal form."""
    name = payer_name(text)
    shortest = _SHORTEST_LATIN_CUT if name.isascii() else _SHORTEST_CUT
    return len(name) >= shortest and not legal_form(name)


def names_in(text: str) -> list[str]:
    """Company names that stand in free text, also without the words before them (代付, 付款人)."""
    found: dict[str, None] = {}
    for hit in _COMPANY_IN_TEXT.finditer(folded(text)):
        name = hit[0]
        found[name] = None
        found[_BEFORE_A_NAME.sub("", name)] = None
    return [name for name in found if len(name) > 3]
