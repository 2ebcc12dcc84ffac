"""Every act of the system has its words on the pages of the trail."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.utils.translation import override

import huikuan
from huikuan.audit.models import Event
from huikuan.web.settings.trail_acts import ACTS
from huikuan.web.settings.trail_words import changes_words

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
