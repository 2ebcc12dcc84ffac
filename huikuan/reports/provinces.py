"""省级行政区: the 34 divisions of China by their code of GB/T 2260, and where each has its square.

The squares say roughly where a division lies; they are not its borders nor its size. A customer's division is the one
that its region names, else that of its country for Hong Kong, Macau and Taiwan, else that of its registration: the third
and fourth place of the unified social credit code (GB 32100) are the division of the office that registered it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huikuan.reports.dimensions import DIMENSIONS, PARTY, Dimension

ELSEWHERE = "~"
"""Begins the key of what lies in no division: the region follows, which may be empty."""


@dataclass(frozen=True, slots=True)
class Province:
    """A division: `begins` is how regions that name it begin; `column` from the west, `line` from the north."""

    code: str
    name: Any
    short: Any
    begins: str
    column: int
    line: int


PROVINCES: Mapping[str, Province] = {
    each.code: each
    for each in (
        Province("11", _("北京"), pgettext_lazy("province", "京"), "北京", 5, 2),
        Province("12", _("天津"), pgettext_lazy("province", "津"), "天津", 6, 2),
        Province("13", _("河北"), pgettext_lazy("province", "冀"), "河北", 4, 2),
        Province("14", _("山西"), pgettext_lazy("province", "晋"), "山西", 3, 2),
        Province("15", _("内蒙古"), pgettext_lazy("province", "蒙"), "内蒙古", 4, 1),
        Province("21", _("辽宁"), pgettext_lazy("province", "辽"), "辽宁", 6, 1),
        Province("22", _("吉林"), pgettext_lazy("province", "吉"), "吉林", 7, 1),
        Province("23", _("黑龙江"), pgettext_lazy("province", "黑"), "黑龙江", 7, 0),
        Province("31", _("上海"), pgettext_lazy("province", "沪"), "上海", 6, 4),
        Province("32", _("江苏"), pgettext_lazy("province", "苏"), "江苏", 5, 4),
        Province("33", _("浙江"), pgettext_lazy("province", "浙"), "浙江", 5, 5),
        Province("34", _("安徽"), pgettext_lazy("province", "皖"), "安徽", 4, 4),
        Province("35", _("福建"), pgettext_lazy("province", "闽"), "福建", 4, 6),
        Province("36", _("江西"), pgettext_lazy("province", "赣"), "江西", 4, 5),
        Province("37", _("山东"), pgettext_lazy("province", "鲁"), "山东", 4, 3),
        Province("41", _("河南"), pgettext_lazy("province", "豫"), "河南", 3, 3),
        Province("42", _("湖北"), pgettext_lazy("province", "鄂"), "湖北", 3, 4),
        Province("43", _("湖南"), pgettext_lazy("province", "湘"), "湖南", 3, 5),
        Province("44", _("广东"), pgettext_lazy("province", "粤"), "广东", 3, 6),
        Province("45", _("广西"), pgettext_lazy("province", "桂"), "广西", 2, 6),
        Province("46", _("海南"), pgettext_lazy("province", "琼"), "海南", 2, 7),
        Province("50", _("重庆"), pgettext_lazy("province", "渝"), "重庆", 2, 4),
        Province("51", _("四川"), pgettext_lazy("province", "川"), "四川", 1, 4),
        Province("52", _("贵州"), pgettext_lazy("province", "贵"), "贵州", 2, 5),
        Province("53", _("云南"), pgettext_lazy("province", "云"), "云南", 1, 5),
        Province("54", _("西藏"), pgettext_lazy("province", "藏"), "西藏", 0, 4),
        Province("61", _("陕西"), pgettext_lazy("province", "陕"), "陕西", 2, 3),
        Province("62", _("甘肃"), pgettext_lazy("province", "甘"), "甘肃", 1, 3),
        Province("63", _("青海"), pgettext_lazy("province", "青"), "青海", 0, 3),
        Province("64", _("宁夏"), pgettext_lazy("province", "宁"), "宁夏", 2, 2),
        Province("65", _("新疆"), pgettext_lazy("province", "新"), "新疆", 0, 2),
        Province("71", _("台湾"), pgettext_lazy("province", "台"), "台湾", 6, 6),
        Province("81", _("香港"), pgettext_lazy("province", "港"), "香港", 4, 7),
        Province("82", _("澳门"), pgettext_lazy("province", "澳"), "澳门", 3, 7),
    )
}

_NAMED = ", ".join(f"('{each.code}', '{each.begins}')" for each in PROVINCES.values())
_CODES = ", ".join(f"'{code}'" for code in PROVINCES)
_JOIN = f"""
    JOIN customers_customer home ON home.organization_id = %(organization)s AND home.id = p.id
    LEFT JOIN (VALUES {_NAMED}) named (code, begins) ON starts_with(p.region, named.begins)"""
_KEY = f"""CASE WHEN named.code IS NOT NULL THEN named.code
    WHEN home.country = 'TW' THEN '71' WHEN home.country = 'HK' THEN '81' WHEN home.country = 'MO' THEN '82'
    WHEN home.country = 'CN' AND length(home.uscc) = 18 AND substr(home.uscc, 3, 2) IN ({_CODES})
        THEN substr(home.uscc, 3, 2)
    ELSE '{ELSEWHERE}' || p.region END"""
PROVINCE = Dimension("province", _("省份"), "customer_id", (PARTY, _JOIN), _KEY, _KEY)


def province_name(key: str) -> Any:
    """What a key of the dimension is called: the division, else the region."""
    found = PROVINCES.get(key)
    return found.name if found else key.removeprefix(ELSEWHERE) or _("（未指定）")


DIMENSIONS[PROVINCE.name] = PROVINCE
