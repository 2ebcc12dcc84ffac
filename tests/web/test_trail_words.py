"""Every act of the system has its words on the pages of the trail."""

from __future__ import annotations

import re
from pathlib import Path

import huikuan
from huikuan.web.settings.trail_acts import ACTS

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
