"""The worklist as a table: choosing many customers, assigning them at once, taking the list away; assignment rules."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.collection.operations import assign_collector, save_assignment_rules, share_out
from huikuan.collection.operations.sharing_out import assignment_rules
from huikuan.collection.points import Weights
from huikuan.collection.queries import collectors, setting_in_force
from huikuan.collection.sharing import AssignmentRule
from huikuan.collection.wording import STEPS, word
from huikuan.collection.worklist import PARTS, TEAM, WorkFilter, WorkLine, work_lines, work_total
from huikuan.core.sentences import enumerated
from huikuan.web.collection.case_forms import choices
from huikuan.web.collection.forms import AssignForm
from huikuan.web.collection.words import case_url, last_contact, list_url
from huikuan.web.collection.worklist import asked
from huikuan.web.lists.context import list_context
from huikuan.web.lists.declaration import BulkAct, Column, Extra, List, Reading, Slice, Source, Total
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first

Row = dict[str, Any]


@dataclass(frozen=True)
class WorkSource:
    """Lines of the worklist, most points first."""

    wanted: WorkFilter
    weights: Weights
    work: Work

    def slice(self, sort: str, *, after: str = "", before: str = "", limit: int) -> Slice[WorkLine]:
        """The page behind or before a mark, else the first. Raises MarkUnknown."""
        found = work_lines(
            self.wanted, self.weights, today=self.work.today, after=after, before=before, limit=limit + 1
        )
        more = len(found) > limit
        rows = found[-limit:] if before and not after else found[:limit]
        back = bool(after) or (bool(before) and more)
        on = bool(before and not after) or more
        return Slice(
            rows, before=rows[0].mark if rows and back else "", after=rows[-1].mark if rows and on else ""
        )

    def total(self) -> Total:
        """How many customers, and what is overdue of them."""
        count, overdue = work_total(self.wanted, today=self.work.today)
        return Total(count, {"overdue": overdue})

    def only(self, keys: Collection[UUID]) -> Source[WorkLine]:
        """The same lines, as far as they are among `keys`."""
        return replace(self, wanted=replace(self.wanted, keys=list(keys)))


class TableForm(forms.Form):
    """Which lines."""

    q = forms.CharField(
        label=_l("客户名称或编码"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    part = forms.ChoiceField(label=_l("哪些客户"), required=False)

    def __init__(self, parameters: QueryDict) -> None:
        super().__init__(parameters)
        labels = {
            "mine": _("我的今天"),
            "unassigned": _("无人负责"),
            "promised": _("今天该付"),
            "broken": _("承诺未兑现"),
        }
        choices(self, "part", [("", _("全部")), *labels.items()])


def _open(parameters: QueryDict, work: Work) -> Reading[WorkLine]:
    form = TableForm(parameters)
    form.is_valid()
    part = parameters.get("part", "") or TEAM
    wanted = replace(asked(work, parameters), part=part if part in PARTS else TEAM)
    return Reading(
        source=WorkSource(wanted, setting_in_force().weights, work),
        form=form,
        filtered=bool(wanted.text) or wanted.part != TEAM,
        currency=work.organization.currency,
        empty={"title": _("没有要催收的客户"), "text": "", "icon": "circle-check"},
    )


def _assign(work: Work, source: Source[WorkLine], values: Mapping[str, Any]) -> str:
    """Everybody chosen goes to one collector."""
    keys, after = [], ""
    while True:
        found = source.slice("-points", after=after, limit=2000)
        keys += [row.customer_id for row in found.rows]
        after = found.after
        if not after:
            break
    collector = UUID(values["collector"]) if values["collector"] else None
    count = assign_collector(
        keys, collector_id=collector, reason=values["reason"], actor=work.actor, today=work.today
    )
    return ngettext("已分派 %d 位客户。", "已分派 %d 位客户。", count) % count


def _assign_form(work: Work, data: Any) -> forms.Form:
    form = AssignForm(data)
    people = [(str(key), name) for key, name in collectors()]
    choices(form, "collector", [("", _("各自的业务员")), *people])
    return form


COLUMNS: tuple[Column[WorkLine], ...] = (
    Column(
        "customer",
        _l("客户"),
        lambda work, row: {"value": row.name, "note": row.code},
        kind="name",
        lead=True,
        extras=(Extra(_l("客户编码"), lambda row: row.code),),
    ),
    Column("points", _l("分数"), lambda work, row: row.points, kind="count", sort="points"),
    Column("overdue", _l("逾期"), lambda work, row: row.overdue, kind="money", figure=True),
    Column("items", _l("笔数"), lambda work, row: row.items, kind="count", minor=True),
    Column("oldest", _l("最早到期"), lambda work, row: row.oldest_on, kind="date"),
    Column("contacted", _l("上次联系"), lambda work, row: last_contact(row) or None, minor=True),
    Column(
        "next",
        _l("下一步"),
        lambda work, row: {"value": row.next_on, "note": word(STEPS, row.next_step)} if row.next_on else None,
        kind="date",
        minor=True,
    ),
    Column("promised", _l("承诺付款日"), lambda work, row: row.promised_on, kind="date", minor=True),
    Column("expires", _l("诉讼时效届满"), lambda work, row: row.expires_on, kind="date", hidden=True),
    Column("salesperson", _l("业务员"), lambda work, row: row.salesperson or None, hidden=True),
    Column("collector", _l("由谁催收"), lambda work, row: row.collector or None),
)
TABLE: List[WorkLine] = List(
    name="collection-table",
    title=_l("催收清单"),
    permission="collection.read",
    columns=COLUMNS,
    default_sort="-points",
    open=_open,
    key=lambda row: row.customer_id,
    url=lambda work, row: case_url(work, row.customer_id),
    measure="overdue",
    acts=(BulkAct("assign", _l("分派"), "users", "collection.manage", _assign_form, _assign),),
)


@require_safe
@page("collection.read")
def table(request: HttpRequest, work: Work) -> HttpResponse:
    """The worklist as a table."""
    actions = []
    if work.actor.may("collection.manage"):
        url = reverse("collection-rules", args=[work.organization.code])
        actions.append({"label": _("分派规则"), "url": url, "icon": "settings"})
    context = {
        **list_context(request, work, TABLE),
        "actions": actions,
        "breadcrumbs": [{"label": _("催收"), "url": list_url(work)}, {"label": _("表格")}],
    }
    return render(request, "collection/table.html", context)


class RulesForm(forms.Form):
    """Rules of assignment, one a line, and whether to share out at once."""

    rules = forms.CharField(
        label=_l("规则"),
        required=False,
        max_length=10000,
        widget=forms.Textarea(attrs={"rows": 10, "class": "form-control code"}),
        help_text=_l(
            "每行一条，用竖线分开：名称 | 催收人（几个人用顿号分开） | 地区 | 客户分类 | 逾期金额（如 100000-500000） | 至少逾期几天。后四项可以空着；先适用的一条为准。"
        ),
    )
    now = forms.BooleanField(label=_l("保存后马上分派还没有指定催收人的客户"), required=False)

    def clean_rules(self) -> list[AssignmentRule]:
        """The rules, by the names of collectors."""
        people = {name: key for key, name in collectors()}
        found = []
        for line in self.cleaned_data["rules"].splitlines():
            if line.strip():
                found.append(_rule(line, people))
        return found


def _rule(line: str, people: Mapping[str, UUID]) -> AssignmentRule:
    parts = [part.strip() for part in line.replace("｜", "|").split("|")]
    parts += [""] * (6 - len(parts))
    name, names, regions, segments, amounts, days = parts[:6]
    unknown = [each for each in _several(names) if each not in people]
    if unknown:
        raise forms.ValidationError(_("没有有催收权限的同事“%s”。") % unknown[0])
    try:
        least, _sign, most = amounts.replace(",", "").partition("-")
        return AssignmentRule(
            name=name,
            collectors=tuple(people[each] for each in _several(names)),
            regions=frozenset(_several(regions)),
            segments=frozenset(_several(segments)),
            least=Decimal(least or 0),
            most=Decimal(most) if most else None,
            least_days=int(days or 0),
        )
    except (ValueError, ArithmeticError):
        raise forms.ValidationError(_("看不懂这一行：%s") % line.strip()[:60]) from None


def _several(text: str) -> list[str]:
    return [each.strip() for each in text.replace("，", "、").replace(",", "、").split("、") if each.strip()]


def _line(rule: AssignmentRule, people: Mapping[UUID, str]) -> str:
    amounts = f"{rule.least:f}-{rule.most:f}" if rule.most is not None else f"{rule.least:f}"
    parts = (
        rule.name,
        enumerated(people.get(key, "?") for key in rule.collectors),
        enumerated(sorted(rule.regions)),
        enumerated(sorted(rule.segments)),
        amounts if rule.least or rule.most is not None else "",
        str(rule.least_days or ""),
    )
    return " | ".join(parts)


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.manage", whole=True)
def rules(request: HttpRequest, work: Work) -> HttpResponse:
    """分派规则: who collects from whom nobody was chosen for."""
    back = reverse("collection-table", args=[work.organization.code])
    people = dict(collectors())
    written = "\n".join(_line(rule, people) for rule in assignment_rules())

    def act(values: dict[str, Any]) -> str:
        save_assignment_rules(values["rules"], actor=work.actor)
        said = _("分派规则已保存。")
        if values["now"]:
            found = share_out(actor=work.actor, today=work.today)
            said += _("分派了 %(count)d 位客户，%(left)d 位没有规则") % {
                "count": sum(found.given.values()),
                "left": found.left,
            }
        messages.success(request, said)
        return back

    form = RulesForm(request.POST if request.method == "POST" else None, initial={"rules": written})
    return ask_first(
        request, work, form, act,
        title=_("分派规则"), submit=_("保存"),
        note=_("几个人之间分给手上最少的人；休假的人不再分到新客户，已有催收人的客户不变。"),
        over=enumerated(people.values()), back_url=back,
        crumbs=[
            {"label": _("催收"), "url": list_url(work)},
            {"label": _("表格"), "url": back},
            {"label": _("分派规则")},
        ],
    )  # fmt: skip
