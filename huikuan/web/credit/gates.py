"""信用规则: what stops whom at which gate, in plain words; adding, changing and ending rules; the settings beside."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.credit.gate_queries import gate_rules_in_force, rules_mark
from huikuan.credit.operations import change_setting, save_gate_rules
from huikuan.credit.queries import customer_by_code, setting
from huikuan.credit.rules import Action, Check, Gate, Rule, RuleScope, ScopedRule
from huikuan.credit.wording import action_word, check_word, gate_word, rule_sentence
from huikuan.customers.models import Customer
from huikuan.web.credit.parts import TONES
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first

# In which field a check's number of days stands; dunning counts levels instead.
DAYS_IN = {
    Check.OVERDUE: "days",
    Check.OLDEST: "days",
    Check.REVIEW: "days",
    Check.TERM: "days",
    Check.PROMISE: "within",
    Check.DUNNING: "level",
}
SCOPES = {
    RuleScope.ALL: _l("全部客户"),
    RuleScope.SEGMENT: _l("一个分类"),
    RuleScope.GROUP: _l("一个集团"),
    RuleScope.CUSTOMER: _l("一位客户"),
}


def _here(work: Work) -> str:
    return reverse("credit-gates", args=[work.organization.code])


def _crumbs(work: Work, *more: str) -> list[dict[str, str]]:
    return [{"label": _("信用规则"), "url": _here(work)}, *({"label": label} for label in more)]


@require_safe
@page("credit.read")
def gates(request: HttpRequest, work: Work) -> HttpResponse:
    """All rules, gate by gate."""
    rules = gate_rules_in_force()
    mark = rules_mark(rules)
    names = dict(
        Customer.objects.filter(pk__in={each.customer_id for each in rules}).values_list("pk", "name")
    )
    may = work.actor.may("credit.write")
    columns = [
        {"label": pgettext("rule", "情况"), "lead": True, "kind": "name", "wide": True},
        {"label": _("结果"), "kind": "badge"},
        {"label": _("适用"), "kind": "name"},
        *([{"label": _("操作"), "kind": "actions"}] if may else []),
    ]
    tables = []
    for gate in Gate:
        rows = []
        for place, each in enumerate(rules):
            if each.rule.gate != gate:
                continue
            cells: list[Any] = [
                rule_sentence(each.rule, work.organization.currency),
                {"label": result_word(each.rule), "tone": TONES[each.rule.action]},
                _whom(each, names),
            ]
            address = f"{_here(work)}{mark}/{place}/"
            if may:
                cells.append([{"label": _("结束"), "url": f"{address}end/", "icon": "x"}])
            rows.append({"cells": cells, "url": address if may else ""})
        tables.append({"id": f"gate-{gate}", "title": gate_word(gate), "columns": columns, "rows": rows})
    new = {"label": _("添加规则"), "url": f"{_here(work)}new/", "icon": "plus", "primary": True}
    options = {"label": _("设置"), "url": f"{_here(work)}setting/", "icon": "settings"}
    context = {
        "tables": tables,
        "checks_orders": setting().checks_orders,
        "actions": [options, new] if may else [],
        "empty": {
            "title": _("没有规则"),
            "text": _("这一关现在不检查。"),
            "icon": "circle-check",
        },
        "breadcrumbs": _crumbs(work),
    }
    return render(request, "credit/gates.html", context)


def result_word(rule: Rule) -> str:
    """What follows from a rule; a rule that passes is an exclusion."""
    if rule.action == Action.PASS:
        return pgettext("rule", "不检查")
    return pgettext("rule", "提醒") if rule.action == Action.WARN else action_word(rule.action)


def _whom(each: ScopedRule, names: dict[Any, str]) -> str:
    if each.rule.scope == RuleScope.SEGMENT:
        return _("分类 %s") % each.segment
    if each.rule.scope == RuleScope.ALL:
        return str(SCOPES[RuleScope.ALL])
    name = names.get(each.customer_id, "")
    return (_("集团 %s") if each.rule.scope == RuleScope.GROUP else _("客户 %s")) % name


class RuleForm(forms.Form):
    """One rule. Shown is what its check and scope ask for (`gate-form` in credit.css); what else is sent is left alone."""

    css = "gate-form"

    gate = forms.ChoiceField(label=_l("关口"))
    check = forms.ChoiceField(label=pgettext_lazy("rule", "情况"))
    action = forms.ChoiceField(label=_l("结果"))
    amount = forms.DecimalField(
        label=_l("金额多于"), required=False, min_value=Decimal(0), max_digits=17, decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip
    days = forms.IntegerField(
        label=_l("天数超过"), required=False, min_value=0, max_value=3650,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    within = forms.IntegerField(
        label=_l("近多少天内"), required=False, min_value=1, max_value=3650, help_text=_l("不填是一年。"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    level = forms.IntegerField(
        label=_l("从第几级起"), required=False, min_value=1, max_value=99,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    percent = forms.DecimalField(
        label=_l("额度的百分之"), required=False, min_value=Decimal(1), max_value=Decimal(1000),
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip
    grades = forms.CharField(
        label=_l("信用等级"), required=False, max_length=60, help_text=_l("用逗号分开，例如 C,D。")
    )
    less_unmatched = forms.BooleanField(label=_l("先扣除未核销的收款"), required=False)
    scope = forms.ChoiceField(label=_l("适用"))
    segment = forms.CharField(label=_l("客户分类"), required=False, max_length=60)
    customer = forms.CharField(
        label=_l("客户编码"), required=False, max_length=64, help_text=_l("集团填主客户的编码。")
    )

    def __init__(self, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        choices: dict[str, list[tuple[str, str]]] = {
            "gate": [(each.value, gate_word(each)) for each in Gate],
            "check": [(each.value, check_word(each)) for each in Check],
            "action": [
                (each.value, result_word(Rule(Gate.ORDER, Check.LIMIT, each)))
                for each in (Action.WARN, Action.APPROVE, Action.BLOCK, Action.PASS)
            ],
            "scope": [(each.value, str(SCOPES[each])) for each in RuleScope],
        }
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = offered


def _rule_from(values: dict[str, Any], work: Work) -> ScopedRule:
    scope, check = RuleScope(values["scope"]), Check(values["check"])
    overdue = check in (Check.OVERDUE, Check.OLDEST)
    named = scope in (RuleScope.GROUP, RuleScope.CUSTOMER)
    rule = Rule(
        Gate(values["gate"]),
        check,
        Action(values["action"]),
        scope,
        amount=(values["amount"] or Decimal(0)) if check == Check.OVERDUE else Decimal(0),
        days=(values[DAYS_IN[check]] or 0) if check in DAYS_IN else 0,
        share=(values["percent"] or Decimal(90)) / 100 if check == Check.LIMIT_SHARE else Decimal(1),
        grades=_grades(values["grades"]) if check == Check.GRADE else (),
        less_unmatched=values["less_unmatched"] if overdue else False,
    )
    return ScopedRule(
        rule,
        values["segment"].strip() if scope == RuleScope.SEGMENT else "",
        customer_by_code(values["customer"].strip(), work.actor).pk if named else None,
    )


def _grades(text: str) -> tuple[str, ...]:
    marks = text.replace("，", ",").replace("、", ",").replace(" ", ",").split(",")
    return tuple(each.strip().upper() for each in marks if each.strip())


def _initial(each: ScopedRule) -> dict[str, Any]:
    rule = each.rule
    customer = Customer.objects.filter(pk=each.customer_id).first() if each.customer_id else None
    return {
        "gate": rule.gate.value,
        "check": rule.check.value,
        "action": rule.action.value,
        "amount": f"{rule.amount:.2f}" if rule.amount else "",
        **({DAYS_IN[rule.check]: rule.days or ""} if rule.check in DAYS_IN else {}),
        "percent": f"{(rule.share * 100).normalize():f}" if rule.check == Check.LIMIT_SHARE else "",
        "grades": ",".join(rule.grades),
        "less_unmatched": rule.less_unmatched,
        "scope": rule.scope.value,
        "segment": each.segment,
        "customer": customer.code if customer else "",
    }


@require_http_methods(["GET", "HEAD", "POST"])
@page("credit.write")
def gate_new(request: HttpRequest, work: Work) -> HttpResponse:
    """One rule more."""

    def act(values: dict[str, Any]) -> str:
        rules = gate_rules_in_force()
        save_gate_rules([*rules, _rule_from(values, work)], actor=work.actor, known=rules_mark(rules))
        messages.success(request, _("规则已添加。"))
        return _here(work)

    initial = {"gate": Gate.ORDER.value, "action": Action.APPROVE.value}
    return ask_first(
        request, work, RuleForm(request.POST or None, initial), act,
        title=_("添加规则"), submit=_("保存"),
        note=_("同一情况有几条规则时，适用范围最小的一条说了算：客户、集团、分类、全部。"),
        over="", back_url=_here(work), crumbs=_crumbs(work, _("添加规则")),
    )  # fmt: skip


def _rule_at(mark: str, place: int) -> tuple[list[ScopedRule], ScopedRule]:
    rules = gate_rules_in_force()
    if rules_mark(rules) != mark or place >= len(rules):
        raise Http404
    return rules, rules[place]


@require_http_methods(["GET", "HEAD", "POST"])
@page("credit.write")
def gate_change(request: HttpRequest, work: Work, mark: str, place: int) -> HttpResponse:
    """Another rule in the place of one."""
    rules, found = _rule_at(mark, place)

    def act(values: dict[str, Any]) -> str:
        changed = [_rule_from(values, work) if each is found else each for each in rules]
        save_gate_rules(changed, actor=work.actor, known=mark)
        messages.success(request, _("规则已修改。"))
        return _here(work)

    return ask_first(
        request, work, RuleForm(request.POST or None, _initial(found)), act,
        title=_("修改规则"), submit=_("保存"), note=_("审计轨迹里保留每一版规则。"),
        over=gate_word(found.rule.gate), back_url=_here(work), crumbs=_crumbs(work, _("修改规则")),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@page("credit.write")
def gate_end(request: HttpRequest, work: Work, mark: str, place: int) -> HttpResponse:
    """One rule less."""
    rules, found = _rule_at(mark, place)

    def act(_values: dict[str, Any]) -> str:
        save_gate_rules([each for each in rules if each is not found], actor=work.actor, known=mark)
        messages.success(request, _("规则已结束。"))
        return _here(work)

    data = request.POST if request.method == "POST" else None
    return ask_first(
        request, work, forms.Form(data), act,
        title=_("结束规则"), submit=_("结束"),
        note=_("这一关没有适用于全部客户的规则时，恢复为系统自带的规则。"),
        over=rule_sentence(found.rule, work.organization.currency), back_url=_here(work),
        crumbs=_crumbs(work, _("结束规则")),
    )  # fmt: skip


class SettingForm(forms.Form):
    """Whether orders are looked at, and what bills count."""

    checks_orders = forms.BooleanField(label=_l("下单、发货和开票时检查信用"), required=False)
    reservation_days = forms.IntegerField(label=_l("其他系统的预占保留天数"), min_value=1, max_value=3650)
    commercial_weight = forms.DecimalField(
        label=_l("商业承兑汇票计入占用（%）"), min_value=Decimal(0), max_value=Decimal(100), decimal_places=2
    )
    bank_weight = forms.DecimalField(
        label=_l("银行承兑汇票计入占用（%）"), min_value=Decimal(0), max_value=Decimal(100), decimal_places=2
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page("credit.write")
def gate_setting(request: HttpRequest, work: Work) -> HttpResponse:
    """What the organization decided about credit."""
    now = setting()

    def act(values: dict[str, Any]) -> str:
        change_setting(
            checks_orders=values["checks_orders"],
            reservation_days=values["reservation_days"],
            commercial_weight=values["commercial_weight"] / 100,
            bank_weight=values["bank_weight"] / 100,
            actor=work.actor,
        )
        messages.success(request, _("已保存。"))
        return _here(work)

    initial = {
        "checks_orders": now.checks_orders,
        "reservation_days": now.reservation_days,
        "commercial_weight": f"{(Decimal(now.commercial_weight) * 100).normalize():f}",
        "bank_weight": f"{(Decimal(now.bank_weight) * 100).normalize():f}",
    }
    return ask_first(
        request, work, SettingForm(request.POST if request.method == "POST" else None, initial=initial), act,
        title=_("信用设置"), submit=_("保存"), note="",
        over="", back_url=_here(work), crumbs=_crumbs(work, _("设置")),
    )  # fmt: skip
