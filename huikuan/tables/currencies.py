"""Currency codes from the signs and names that people write."""

from typing import Any

from huikuan.core.money import is_currency
from huikuan.tables.cells import BLANKS, Converter, fold

SIGNS = {
    "¥": "CNY",
    "rmb": "CNY",
    "元": "CNY",
    "元整": "CNY",
    "圆": "CNY",
    "人民币": "CNY",
    "人民币元": "CNY",
    "cn¥": "CNY",
    "$": "USD",
    "us$": "USD",
    "美元": "USD",
    "美金": "USD",
    "€": "EUR",
    "欧元": "EUR",
    "£": "GBP",
    "英镑": "GBP",
    "hk$": "HKD",
    "港币": "HKD",
    "港元": "HKD",
    "日元": "JPY",
    "日圆": "JPY",
    "jp¥": "JPY",
    "nt$": "TWD",
    "新台币": "TWD",
    "台币": "TWD",
    "澳元": "AUD",
    "加元": "CAD",
    "新加坡元": "SGD",
    "新元": "SGD",
    "韩元": "KRW",
    "韩币": "KRW",
    "₩": "KRW",
    "₹": "INR",
    "卢布": "RUB",
    "瑞士法郎": "CHF",
    "澳门元": "MOP",
    "r$": "BRL",
    "cnh": "CNY",
}
"""Written form in lower case → ISO 4217. The bare ¥ is taken as the yuan, $ as the US dollar."""


_SHARED_SIGNS = {
    "¥": ("CNY", {"CNY", "JPY"}),
    "$": ("USD", {"USD", "HKD", "TWD", "SGD", "AUD", "CAD", "NZD", "MOP", "MXN"}),
}
"""Signs that several currencies share: the usual one, and all of them."""


def settled(found: set[str]) -> set[str]:
    """The codes that signs, names and codes met in one file come down to.

    ¥, $ and 元 by themselves mean CNY, USD and CNY; beside a clearer word they only repeat it.
    """
    codes = {
        code for word in found if word.lower() not in (*_SHARED_SIGNS, "元") and (code := currency_of(word))
    }
    for sign, (usual, sharing) in _SHARED_SIGNS.items():
        if sign in found and not codes & sharing:
            codes.add(usual)
    return codes or ({"CNY"} if "元" in found else set())


def currency_of(text: str) -> str | None:
    """The ISO 4217 code meant by a sign, a Chinese name or a code in any case; None when unknown."""
    code = SIGNS.get(text.lower())
    if code is None and is_currency(text.upper()):
        code = text.upper()
    return code


class CurrencyColumn(Converter):
    """Reads the currencies of one column."""

    def convert(self, raw: Any) -> Any:
        text = fold(str(raw))
        if text.lower() in BLANKS:
            return None
        return currency_of(text) or self.refuse("currency_unknown", raw)
