"""The parts of a request's page, as its components take them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from huikuan.approvals.models import OPEN, Request, Status
from huikuan.approvals.operations import objection_to
from huikuan.approvals.queries import agreed_to, decisions_of, step_names
from huikuan.approvals.registry import Link, kind_of, kind_title
from huikuan.core.errors import HuikuanError
from huikuan.web.approvals.words import VERDICTS, link_url
from huikuan.web.pages import Work

Row = dict[str, Any]


def described(work: Work, request: Request) -> Row:
    """What is asked: title, facts, where the record is and what the act made."""
    link: Link | None = None
    facts: list[Row] = []
    title = kind_title(request.kind)
    try:
        description = kind_of(request.kind).describe(request.payload)
    except (KeyError, HuikuanError, LookupError):
        facts = [{"label": _("关于"), "value": request.subject, "wide": True}]
    else:
        title, link = description.title, description.link
        facts = [
            {"label": line.label, "value": line.value, "kind": line.kind, "currency": line.currency}
            for line in description.lines
        ]
    if request.amount is not None and not any(fact.get("kind") == "money" for fact in facts):
        facts.insert(0, _amount(work, request))
    return {
        "title": title,
        "facts": facts,
        "record_url": link_url(work, link),
        "made": _made(work, request),
    }


def _amount(work: Work, request: Request) -> Row:
    currency = work.organization.currency
    return {"label": _("金额"), "value": request.amount, "kind": "money", "currency": currency}


def _made(work: Work, request: Request) -> Row | None:
    """The number and page of what the act made."""
    if request.status != Status.DONE or not request.result or not request.result.get("number"):
        return None
    link = request.result.get("link")
    made = Link(link["name"], tuple(link["values"])) if link else None
    return {"number": request.result["number"], "url": link_url(work, made)}


def steps(request: Request) -> list[Row]:
    """Each step with its role, who agreed, and whether it is the one that is waited for."""
    agreed = {each.step: each for each in decisions_of(request) if each.verdict == "approved"}
    found = []
    for place, name in enumerate(step_names(request), start=1):
        decision = agreed.get(place)
        found.append(
            {
                "place": place,
                "role": name,
                "done": decision is not None,
                "now": request.status == Status.PENDING and place == request.step,
                "by": _by(decision.member_name, decision.in_place_of_name) if decision else "",
                "at": decision.decided_at if decision else None,
            }
        )
    return found


def _by(name: str, absent: str) -> str:
    return _("%(name)s（代 %(absent)s）") % {"name": name, "absent": absent} if absent else name


def history(work: Work, request: Request) -> list[Row]:
    """What happened, from asking on."""
    events: list[Row] = [
        {
            "title": _("提出申请"),
            "by": request.requester_name,
            "at": request.submitted_at,
            "icon": kind_of(request.kind).icon if request.kind else "clipboard-check",
            "tone": "notice",
            "note": request.reason,
        }
    ]
    names = step_names(request)
    for each in decisions_of(request):
        title, icon, tone = VERDICTS[each.verdict]
        said = str(title)
        if each.verdict == "approved" and len(names) > 1:
            said = f"{said} · {names[each.step - 1]}"
        events.append(
            {
                "title": said,
                "by": _by(each.member_name, each.in_place_of_name),
                "at": each.decided_at,
                "icon": icon,
                "tone": tone,
                "note": each.comment,
            }
        )
    return events


def standing(work: Work, request: Request) -> Row:
    """Whether the reader may decide now, and if not, why; `agree` is False where only returning is left."""
    if request.status not in OPEN:
        return {"may": False, "why": ""}
    why = objection_to(request, work.actor, work.today)
    if request.status == Status.STUCK:
        return {"may": not why, "agree": False, "why": ""}
    return {"may": not why, "agree": True, "why": why}


def may_retry(work: Work, request: Request) -> bool:
    """Whether the reader may have the act tried again."""
    me = work.actor.membership_id
    involved = me is not None and (me == request.requester_id or me in agreed_to(request))
    return request.status == Status.STUCK and involved
