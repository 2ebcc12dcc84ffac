"""The demo company looks at its customers: warnings of months ago with what became of them, and those of today."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from huikuan.organizations.actors import Actor
from huikuan.warnings.operations import close_warnings, find_warnings, note_action

LOOKED_AGO = (150,)
ENDS = (
    ("settled", "客户已付清逾期款项"),
    ("explained", "客户集中采购季备货，账期内付款"),
    ("terms_changed", "已与客户商定缩短账期"),
    ("false_alarm", "对账后确认是单据录入迟了"),
)
EVERY_OPEN = 9  # one of so many of the old ones is still looked into
DONE = ("已与客户财务通话，本周五前付清", "安排上门对账", "已请业务员了解原因，暂不接新订单")


def look_for_warnings(staff: Mapping[str, Actor], *, today: date) -> None:
    """What nightly looks found on some days; all but a few of the old warnings are closed."""
    controller = staff["credit_controller"]
    for ago in LOOKED_AGO:
        day = today - timedelta(days=ago)
        found = find_warnings(actor=controller, day=day)
        for each in found[EVERY_OPEN - 1 :: EVERY_OPEN]:
            note_action(each.pk, done=DONE[0], actor=controller, today=day + timedelta(days=3))
        for turn, (outcome, reason) in enumerate(ENDS):
            keys = [
                each.pk
                for position, each in enumerate(found)
                if position % len(ENDS) == turn and position % EVERY_OPEN != EVERY_OPEN - 1
            ]
            if keys:
                close_warnings(
                    keys, outcome=outcome, reason=reason, actor=controller, today=day + timedelta(days=12)
                )
    made = find_warnings(actor=controller, day=today)
    for each, done in zip(made[::4], DONE, strict=False):
        note_action(each.pk, done=done, actor=controller, today=today)
