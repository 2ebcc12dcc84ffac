"""The lists of the decision page."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from huikuan.decisions.limits import Direction, LimitChange
from huikuan.decisions.movers import Mover, Movers
from huikuan.decisions.risks import BROKEN_SINCE, LAPSE_DAYS, Counted, Risks
from huikuan.decisions.rules import StepFacts, Weakness
from huikuan.decisions.steps import PAID_WITHIN, WeakStep
from huikuan.decisions.stops import BOUGHT_DAYS, ToStop
from huikuan.reports.filters import OVERDUE, RECEIVABLE, ItemFilter
from huikuan.warnings.wording import kind_word
from huikuan.web.ledger.addresses import customer_url, items_url
from huikuan.web.ledger.item_filters import parameters_of
from huikuan.web.ledger.states import days_text
from huikuan.web.lists import with_query
from huikuan.web.pages import Work
from huikuan.web.templatetags.money import money, percent

Row = dict[str, Any]


def tile(
    work: Work,
    label: str,
    amount: Decimal,
    before: Decimal,
    where: ItemFilter | None,
    icon: str,
    *,
    better: int = 0,
) -> Row:
    """A figure with its change; `better`: whether more (1) or less (-1) of it is good news."""
    change = amount - before
    tone = "" if not better or not change else "good" if change * better > 0 else "bad"
    sign = "+" if change > 0 else ""
    return {
        "label": label,
        "value": amount,
        "icon": icon,
        "url": items_url(work, **parameters_of(where)) if where is not None else "",
        "trend": f"{sign}{percent(change / abs(before), 1)}" if before else "",
        "trend_tone": tone,
        "note": _("之前 %s") % money(before, work.organization.currency),
    }


def moved(work: Work, found: Movers, days: int) -> list[Row]:
    """Whose overdue debt grew and whose shrank most."""
    return [
        {
            "id": "worse",
            "title": _("逾期增加最多"),
            "columns": _moved_columns(),
            "rows": [_mover(work, each) for each in found.worse],
            "empty": _nothing(_("没有客户的逾期在增加"), _("与 %d 天前相比。") % days),
        },
        {
            "id": "better",
            "title": _("逾期减少最多"),
            "columns": _moved_columns(),
            "rows": [_mover(work, each) for each in found.better],
            "empty": _nothing(_("没有客户的逾期在减少"), _("与 %d 天前相比。") % days),
        },
    ]


def _moved_columns() -> list[Row]:
    return [
        {"label": _("客户"), "kind": "name", "lead": True},
        {"label": _("新逾期"), "kind": "money", "hint": _("这段时间到期、至今未付")},
        {"label": _("已收回"), "kind": "money", "hint": _("当时已逾期、这段时间核销的")},
        {"label": pgettext("amount", "变化"), "kind": "money", "figure": True},
    ]


def _mover(work: Work, each: Mover) -> Row:
    where = ItemFilter(customer=each.code, cell=OVERDUE)
    return {
        "url": customer_url(work, each.customer_id) or items_url(work, **parameters_of(where)),
        "cells": [
            {"value": each.name, "note": each.code},
            each.fell_due or None,
            each.settled or None,
            each.change,
        ],
    }


def stops(work: Work, found: Sequence[ToStop], late: int) -> Row:
    """Whom to stop, with the button that asks why."""
    may = work.actor.may("credit.write")
    return {
        "id": "stops",
        "title": _("该停止赊销的客户"),
        "columns": [
            {"label": _("客户"), "kind": "name", "lead": True},
            {"label": _("逾期超过 %d 天") % late, "kind": "money", "figure": True},
            {"label": _("最早到期"), "kind": "date"},
            {"label": _("近 %d 天开票") % BOUGHT_DAYS, "kind": "money"},
            {"label": _("一年内失信承诺"), "kind": "count"},
            *([{"label": _("操作"), "kind": "actions"}] if may else []),
        ],
        "rows": [_stop(work, each, late, may=may) for each in found],
        "empty": _nothing(_("没有该停的客户"), _("逾期超过 %d 天的客户都没有再买。") % late),
    }


def _stop(work: Work, each: ToStop, late: int, *, may: bool) -> Row:
    where = ItemFilter(customer=each.code, cell=OVERDUE)
    days = (work.today - each.oldest_on).days
    note = _("有还款计划") if each.agreed else days_text(days)
    cells: list[Any] = [
        {"value": each.name, "note": each.code},
        {"value": each.late, "url": items_url(work, **parameters_of(where))},
        {"value": each.oldest_on, "note": note},
        each.bought,
        each.broken or None,
    ]
    if may:
        reason = _("逾期超过 %(days)d 天 %(late)s，近 %(bought)d 天仍开票 %(amount)s") % {
            "days": late,
            "late": money(each.late, work.organization.currency),
            "bought": BOUGHT_DAYS,
            "amount": money(each.bought, work.organization.currency),
        }
        stop = _customer_page(work, "customer-credit-stop", each.customer_id, reason=reason)
        cells.append([{"label": _("冻结"), "url": stop, "icon": "lock"}])
    return {"url": _customer_page(work, "customer-credit", each.customer_id), "cells": cells}


DIRECTIONS = {Direction.RAISE: "good", Direction.LOWER: "warn"}


def limits(work: Work, found: Sequence[LimitChange]) -> Row:
    """Limits that no longer fit, with the form filled in."""
    may = work.actor.may("credit.write")
    return {
        "id": "limits",
        "title": _("该调整的额度"),
        "columns": [
            {"label": _("客户"), "kind": "name", "lead": True},
            {"label": _("建议"), "kind": "badge"},
            {"label": _("现有额度"), "kind": "money"},
            {"label": _("评级建议"), "kind": "money", "figure": True},
            {"label": _("应收余额"), "kind": "money"},
            {"label": _("其中逾期"), "kind": "money"},
            {"label": _("等级"), "minor": True},
            *([{"label": _("操作"), "kind": "actions"}] if may else []),
        ],
        "rows": [_limit(work, each, may=may) for each in found],
        "empty": _nothing(_("额度都合适"), _("固定额度与最近一次评级建议的相差不多。")),
    }


def _limit(work: Work, each: LimitChange, *, may: bool) -> Row:
    words = {Direction.RAISE: _("提高"), Direction.LOWER: _("降低")}
    cells: list[Any] = [
        {"value": each.name, "note": each.code},
        {"label": words[each.direction], "tone": DIRECTIONS[each.direction]},
        each.limit,
        each.recommended,
        each.receivable or None,
        each.overdue or None,
        each.grade,
    ]
    if may:
        reason = _("%(day)s 评级 %(grade)s，建议额度 %(limit)s") % {
            "day": each.assessed_on.isoformat(),
            "grade": each.grade,
            "limit": money(each.recommended, work.organization.currency),
        }
        form = _customer_page(
            work, "customer-credit-limit", each.customer_id, amount=f"{each.recommended:.2f}", reason=reason
        )
        cells.append([{"label": _("调整"), "url": form, "icon": "shield-check"}])
    return {"url": _customer_page(work, "customer-grade", each.customer_id), "cells": cells}


def at_risk(work: Work, found: Risks) -> Row:
    """What is at risk, each with where it is looked into."""
    code = work.organization.code
    rows: list[Row] = []
    if work.actor.may("credit.read"):
        warnings = reverse("credit-warnings", args=[code])
        rows += [
            _risk(
                _("预警：%s") % kind_word(each.kind),
                Counted(each.customers, each.receivable),
                with_query(warnings, {"kind": each.kind}),
            )
            for each in found.warned
        ]
    if work.actor.may("collection.read"):
        rows += [
            _risk(
                _("诉讼时效 %d 天内届满") % LAPSE_DAYS,
                found.lapsing,
                reverse("collection-limitation", args=[code]),
            ),
            _risk(
                _("最近 %d 天失信的付款承诺") % BROKEN_SINCE,
                found.broken,
                with_query(reverse("collection-promises", args=[code]), {"state": "broken"}),
            ),
        ]
    if work.actor.may("ledger.read"):
        late = with_query(reverse("disputes", args=[code]), {"state": "late"})
        rows.append(_risk(_("过了期限没有答复的争议"), found.disputes_late, late))
        largest = items_url(
            work, **parameters_of(ItemFilter(cell=RECEIVABLE, largest=found.largest.customers))
        )
        share = found.largest.amount / found.receivable if found.receivable else None
        rows.append(_risk(_("最大的几个客户"), found.largest, largest, _("占应收 %s") % percent(share, 1)))
    return {
        "id": "risks",
        "title": _("有风险的"),
        "columns": [
            {"label": _("风险"), "lead": True},
            {"label": pgettext("plural", "客户"), "kind": "count"},
            {"label": _("涉及金额"), "kind": "money", "figure": True},
        ],
        "rows": [row for row in rows if row["cells"][1]],
        "empty": _nothing(_("没有发现风险"), ""),
    }


def _risk(name: str, counted: Counted, url: str, note: str = "") -> Row:
    return {"url": url, "cells": [{"value": name, "note": note}, counted.customers, counted.amount]}


def weak(work: Work, found: Sequence[WeakStep], days: int) -> Row:
    """Steps of collection that do not do what they are there for."""
    return {
        "id": "steps",
        "title": _("不起作用的催收步骤"),
        "columns": [
            {"label": _("步骤"), "kind": "name", "lead": True},
            {"label": _("问题"), "kind": "name"},
            {"label": _("做到的客户"), "kind": "count", "hint": _("最近 %d 天") % days},
            {"label": _("%d 天内付款") % PAID_WITHIN, "kind": "num", "figure": True},
        ],
        "rows": [_weak(work, each) for each in found],
        "empty": _nothing(_("没有发现不起作用的步骤"), _("客户少于 20 家的步骤不评判。")),
    }


def _weak(work: Work, each: WeakStep) -> Row:
    return {
        "url": reverse("collection-policy", args=[work.organization.code, each.policy_id]),
        "cells": [
            {"value": each.step, "note": each.policy},
            _against(each.weakness, each.facts),
            each.facts.made,
            percent(each.facts.paid_share, 0),
        ],
    }


def _against(found: Weakness, facts: StepFacts) -> str:
    match found:
        case Weakness.NO_EFFECT:
            return _("对照组看不出效果")
        case Weakness.UNREACHED:
            return _("%s 的客户没有可用的地址") % percent(facts.unreached_share, 0)
        case Weakness.FAILED:
            return _("%s 的消息发不出去") % percent(facts.failed_share, 0)
        case Weakness.RARELY_PAID:
            return _("事后很少付款")


def _customer_page(work: Work, name: str, key: UUID, **parameters: str) -> str:
    return with_query(reverse(name, args=[work.organization.code, key]), parameters)


def _nothing(title: str, text: str) -> Row:
    return {"title": title, "text": text, "icon": "circle-check"}
