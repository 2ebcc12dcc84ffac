"""Every act of the system has its words on the pages of the trail."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.utils.timezone import override as timezone
from django.utils.translation import override

import huikuan
from huikuan.audit.models import Event
from huikuan.web.cash.bills import BILLS
from huikuan.web.settings.trail_acts import ACTS
from huikuan.web.settings.trail_words import changes_words, event_words

OPENED = re.compile(r"\bact\(\s*(?:kind=)?\"([a-z_]+)\"")


def test_no_act_is_shown_by_its_code() -> None:
    opened = {
        kind
        for path in Path(huikuan.__file__).parent.rglob("*.py")
        if "bench" not in path.parts
        for kind in OPENED.findall(path.read_text(encoding="utf-8"))
    }
    assert len(opened) > 200
    assert not opened - set(ACTS)


def said(content: dict[str, Any]) -> str:
    with override("en"):
        return changes_words(Event(action="queued", record_kind="message", content=content))


def test_particulars_leave_out_ids_and_name_what_is_kept_as_a_code() -> None:
    kept = {
        "key": "digest:2026-11-22:01a20871-7eea-7536-bee6-6b96825a501b",
        "channel": "email",
        "reason": "test_mode",
    }
    assert said(kept) == "Channel: E-mail; Reason: Test mode"


def test_a_band_of_an_approval_policy_names_roles_in_the_readers_language() -> None:
    changed = {"bands": ["500000.00 财务经理 → 华东总监"], "before": {"bands": []}}
    assert said(changed) == "Bands: +500,000.00 Finance manager → 华东总监"


def said_of(kind: str, action: str, number: str = "", **content: object) -> tuple[str, str]:
    """What the trail calls an event, and what it says of it."""
    event = Event(record_kind=kind, action=action, number=number, content=content)
    return event_words(event, brief=True), changes_words(event)


def test_verb_and_object_stand_together_in_chinese_and_apart_in_english() -> None:
    assert said_of("customer_statement", "drafted", "DZ202610000030")[0] == "填制对账单 DZ202610000030"
    assert said_of("allocation", "allocated")[0] == "核销"
    assert said_of("allocation", "unallocated")[0] == "反核销"
    with override("en"):
        assert " " in said_of("customer_statement", "drafted")[0]


def test_an_export_names_the_list_and_its_columns() -> None:
    words = said_of("list", "exported", "bills", form="xlsx", rows=13, columns=[BILLS.columns[0].key])
    assert words == (f"导出列表 {BILLS.title}", f"文件格式：xlsx；行数：13；列：{BILLS.columns[0].label}")


def test_what_programs_keep_is_said_in_words() -> None:
    key = "digest:2026-11-22:01a20871-7eea-7536-bee6-6b96825a501b"
    stopped = said_of("message", "message_cancelled", key=key, test=True, reason="test_mode", channel="email")
    assert stopped[1] == "测试模式：是；原因：测试模式；方式：邮件"
    assert said_of("customer", "created", size="medium")[1] == "规模：中型"
    check_sum = "2ca18d7a95d68866" + "0" * 48
    assert said_of("tax_invoice", "uploaded", sha256=check_sum)[1].endswith(f"：{check_sum}")
    assert (
        said_of("delivery", "created", lines=[["01a20892-3178-70ea-872d-949a18c29eec", "5"]])[1] == "各行：5"
    )


def test_amounts_are_grouped_and_moments_are_local() -> None:
    assert (
        said_of("invoice", "recorded", net="37735.84", price="-1234.5678", rate="7.1984")[1]
        == "不含税金额：37,735.84；单价：−1,234.5678；比例：7.1984"
    )
    assert said_of("allocation", "unallocated", amount="-43844.0")[1] == "金额：−43,844.00"
    band = said_of("approval_policy", "changed", before={"bands": []}, bands=["500000.00 财务经理"])[1]
    assert band == "分档：+500,000.00 财务经理"
    with timezone("Asia/Shanghai"):
        closed = said_of("period", "closed", closed_at="2026-11-23T13:22:50.723358+00:00")[1]
    assert closed == "关闭时间：2026-11-23 21:22"
