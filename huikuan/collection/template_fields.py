"""What a template may name in braces, and for which channels a template is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

FIELD = re.compile(r"\{([^{}\n]{0,80})\}")


class TemplateChannel(StrEnum):
    """What a template is written for; calls and visits have scripts."""

    EMAIL = "email"
    SMS = "sms"
    IM = "im"
    LETTER = "letter"
    PHONE = "phone"
    VISIT = "visit"


FIELDS = (
    "customer",
    "person",
    "company",
    "sender",
    "phone",
    "account",
    "today",
    "number",
    "count",
    "items",
    "total",
    "words",
    "overdue",
    "not_due",
    "oldest_number",
    "oldest_due",
    "days",
    "next_due",
    "deadline",
    "interest",
    "promised_on",
    "promised",
    "period",
)
"""Every field there is; `letter_wording.TEMPLATE_FIELDS` says what each is."""

SMS_FIELDS = frozenset(
    {"customer", "person", "company", "sender", "phone", "today", "number", "count", "period"}
)
"""What a text message may name: no amounts, accounts or tables, which carriers refuse in templates."""

LANGUAGES = ("zh-hans", "zh-hant", "en")

LONGEST_SMS = 500
LONGEST_SUBJECT = 200
LONGEST_TEXT = 20_000


def fields_of(text: str) -> Iterator[str]:
    """The names in braces, in order; a brace without its partner is given as it stands with what follows."""
    end = 0
    for found in FIELD.finditer(text):
        yield from _stray(text[end : found.start()])
        yield found[1]
        end = found.end()
    yield from _stray(text[end:])


def _stray(text: str) -> Iterator[str]:
    for found in re.finditer(r"[{}]", text):
        yield text[found.start() : found.start() + 20]


# What the template rules of Chinese carriers' platforms refuse (Aliyun, Tencent Cloud and Huawei Cloud, 2023 to 2025):
# demands of any kind, credit records, legal steps; with the traditional spellings.
FORBIDDEN_IN_SMS = (
    "欠款",
    "欠费",
    "逾期",
    "拖欠",
    "催款",
    "催收",
    "催缴",
    "还款",
    "贷款",
    "征信",
    "失信",
    "黑名单",
    "律师",
    "法院",
    "法律",
    "诉讼",
    "起诉",
    "仲裁",
    "违约",
    "滞纳金",
    "维权",
    "強制執行",
    "强制执行",
    "欠費",
    "催繳",
    "徵信",
    "律師",
    "訴訟",
    "起訴",
    "違約",
    "overdue",
    "debt",
    "lawyer",
    "lawsuit",
    "court",
    "legal action",
)
SIGNS_FORBIDDEN_IN_SMS = ("【", "】", "¥", "￥")
LINK = re.compile(r"(?i)https?:|www\.|\b[\w-]+\.(com|cn|net|org|io|top|cc|me|ly)\b")
