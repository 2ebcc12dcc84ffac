"""Collection as pages say it: why somebody is chased, what was said, what was promised, until when it can be claimed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from huikuan.collection.advice import Advice, Advised
from huikuan.collection.limitation import Limitation
from huikuan.collection.models import Contact, PaymentPromise, RepaymentPlan
from huikuan.collection.points import TAKES_POINTS, Signal
from huikuan.collection.rules import PromiseState
from huikuan.collection.wording import CHANNELS, PLAN_STATES, RESULTS, STATES, STEPS, word
from huikuan.collection.worklist import WorkLine
from huikuan.web.collection.reaching import said_of_reach
from huikuan.web.ledger.states import days_text
from huikuan.web.lists import with_query
from huikuan.web.pages import Work
from huikuan.web.templatetags.dates import day as day_text
from huikuan.web.templatetags.money import money

Row = dict[str, Any]
TONES = {
    PromiseState.OPEN.value: "notice",
    PromiseState.KEPT.value: "good",
    PromiseState.PARTLY.value: "warn",
    PromiseState.BROKEN.value: "bad",
    PromiseState.WITHDRAWN.value: "plain",
}
ICONS = {
    "phone": "phone",
    "visit": "map-pin",
    "meeting": "users",
    "email": "mail",
    "letter": "mail",
    "sms": "message",
}
NEAR_DAYS, SOON_DAYS = 90, 30


def list_url(work: Work, **query: object) -> str:
    """The worklist, filtered."""
    return with_query(reverse("collection", args=[work.organization.code]), query)


def case_url(work: Work, key: UUID, **query: object) -> str:
    """Where a customer is chased."""
    return with_query(reverse("collection-case", args=[work.organization.code, key]), query)


def contact_url(work: Work, key: UUID) -> str:
    return reverse("collection-contact", args=[work.organization.code, key])


def plan_url(work: Work, key: UUID) -> str:
    return reverse("collection-plan", args=[work.organization.code, key])


def case_file_url(work: Work, key: UUID) -> str:
    return reverse("collection-case-file", args=[work.organization.code, key])


def plan_state(plan: RepaymentPlan) -> Row:
    """The state of a repayment plan as a badge."""
    tone = "warn" if plan.state == "draft" else TONES.get(plan.state, "plain")
    return {"label": word(PLAN_STATES, plan.state), "tone": tone}


def signed(points: int) -> str:
    """Points as they are written, with a minus sign where there is one."""
    return str(points) if points >= 0 else f"\u2212{-points}"


def reasons(work: Work, line: WorkLine, explained: Mapping[Signal, int]) -> list[Row]:
    """Why a customer stands where it does: a sentence and its points each, the weightiest first."""
    ordered = sorted(explained.items(), key=lambda each: -abs(each[1]))
    return [
        {
            "text": _said(work, line, signal),
            "points": points,
            "sign": f"+{points}" if points > 0 else f"\u2212{-points}",
            "tone": _tone(signal),
        }
        for signal, points in ordered
    ]


def _tone(signal: Signal) -> str:
    if signal in TAKES_POINTS:
        return "plain"
    if signal in (Signal.BROKEN, Signal.LIMITATION):
        return "bad"
    if signal == Signal.REACHABLE:
        return "good"
    return "warn" if signal in (Signal.DUE_TODAY, Signal.STEP_DUE, Signal.HELD, Signal.UNLIKELY) else ""


def _said(work: Work, line: WorkLine, signal: Signal) -> str:
    if signal == Signal.AMOUNT:
        return _("逾期 %s") % money(line.overdue, work.organization.currency)
    if signal == Signal.AGE:
        return _("最长逾期 %s") % days_text((work.today - line.oldest_on).days)
    if signal == Signal.GROWN:
        return _("上次联系后逾期增加")
    if signal == Signal.BROKEN:
        return _("承诺 %s 付款，没有兑现") % day_text(line.broken_on) if line.broken_on else _("承诺没有兑现")
    if signal == Signal.HELD:
        return _("有订单因信用暂缓")
    if signal in (Signal.REACHABLE, Signal.AWAY):
        return said_of_reach(line)
    if signal in (Signal.UNLIKELY, Signal.ALONE) and line.slow is not None:
        return _said_of_outlook(line, signal, line.slow)
    if signal == Signal.LIMITATION and line.expires_on:
        return _("诉讼时效 %s 届满") % day_text(line.expires_on)
    return _said_of_days(work, line, signal)


def _said_of_outlook(line: WorkLine, signal: Signal, slow: int) -> str:
    if signal == Signal.ALONE:
        share = f"{(1000 - slow) / 10:.0f}%"
        return _("预计四周内自己会付 %s") % share
    return _("预计四周后仍有 %s 没有付") % f"{slow / 10:.0f}%"


ADVICE: dict[str, Any] = {
    Advice.LEAVE: _l("先不用催"),
    Advice.REMIND: _l("发一条提醒"),
    Advice.CALL: _l("打电话"),
    Advice.VISIT: _l("上门或换人谈"),
    Advice.LETTER: _l("发催款函"),
    Advice.LEGAL: _l("考虑法律途径"),
}


def advice_text(work: Work, line: WorkLine, advised: Advised, effect: float | None = None) -> str:
    """The step that predictions suggest, with what is at stake, and what it is worth where that was measured."""
    step = str(ADVICE[advised.step])
    if advised.step == Advice.LEAVE:
        day = line.likely_on
        return _("建议：%(step)s，预计 %(day)s 前付") % {"step": step, "day": day_text(day)} if day else step
    currency = work.organization.currency
    said = _("建议：%(step)s，照现在四周内预计有 %(amount)s 收不到") % {
        "step": step,
        "amount": money(advised.at_stake, currency),
    }
    worth = advised.worth(effect)
    if worth is None:
        return said
    return _("%(said)s；按实测效果，催一次平均多收回 %(worth)s") % {
        "said": said,
        "worth": money(worth, currency),
    }


def _said_of_days(work: Work, line: WorkLine, signal: Signal) -> str:
    if signal in (Signal.DUE_TODAY, Signal.PROMISED) and line.promised_on:
        return _("承诺 %(day)s 付 %(amount)s") % {
            "day": day_text(line.promised_on),
            "amount": money(line.promised, line.currency),
        }
    if signal == Signal.SILENCE:
        if line.contacted_on is None:
            return _("还没有联系过")
        return _("%s没有联系") % days_text((work.today - line.contacted_on).days)
    if line.next_on is None:
        return ""
    said = {"day": day_text(line.next_on), "step": word(STEPS, line.next_step)}
    return (_("约定 %(day)s %(step)s") if signal == Signal.STEP_DUE else _("%(day)s 再%(step)s")) % said


def last_contact(line: WorkLine) -> str:
    """The last contact in a few words; "" without any."""
    if line.contacted_on is None:
        return ""
    return f"{day_text(line.contacted_on)} {word(RESULTS, line.result)}"


def contact_title(contact: Contact) -> str:
    return f"{word(CHANNELS, contact.channel)} · {word(RESULTS, contact.result)}"


def contact_rows(work: Work, contacts: list[Contact]) -> list[Row]:
    """Contacts as events of components/timeline.html."""
    return [
        {
            "title": contact_title(each),
            "url": contact_url(work, each.pk),
            "on": each.made_on,
            "by": each.member_name if not each.person_name else f"{each.member_name} → {each.person_name}",
            "note": _contact_note(each),
            "amount": each.claimed or None,
            "currency": work.organization.currency,
            "icon": ICONS.get(each.channel, "message"),
            "tone": _contact_tone(each.result),
        }
        for each in contacts
    ]


def _contact_note(contact: Contact) -> str:
    said = [contact.text] if contact.text else []
    if contact.next_on:
        said.append(
            _("下一步：%(day)s %(step)s")
            % {"day": day_text(contact.next_on), "step": word(STEPS, contact.next_step)}
        )
    return "\n".join(said)


def _contact_tone(result: str) -> str:
    tones = {"promised": "good", "acknowledged": "good", "refused": "bad", "disputed": "warn"}
    return tones.get(result, "notice" if result != "not_reached" else "")


def promise_state(promise: PaymentPromise) -> Row:
    """The state of a promise as a badge."""
    return {"label": word(STATES, promise.state), "tone": TONES.get(promise.state, "plain")}


def limitation_badge(work: Work, found: Limitation) -> Row:
    """How near the end of limitation is."""
    left = (found.expires_on - work.today).days
    if left < 0:
        return {"label": _("时效已过"), "tone": "bad", "detail": days_text(-left)}
    tone = "bad" if left <= SOON_DAYS else "warn" if left <= NEAR_DAYS else "notice"
    return {"label": ngettext("还有 %d 天", "还有 %d 天", left) % left, "tone": tone}
