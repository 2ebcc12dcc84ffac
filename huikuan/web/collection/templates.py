"""Message templates: the list, the editor with its preview, and the letterhead."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huikuan.cash.models import BankAccount
from huikuan.collection.claim_facts import DEADLINE_DAYS, ClaimFacts, claim_facts, letterhead_in_force
from huikuan.collection.letter_wording import LANGUAGES, TEMPLATE_CHANNELS, TEMPLATE_FIELDS
from huikuan.collection.models import Letterhead, MessageTemplate
from huikuan.collection.operations import (
    NewLetterhead,
    NewTemplate,
    retire_template,
    save_letterhead,
    save_template,
)
from huikuan.collection.queries import customers_seen, weights_in_force
from huikuan.collection.template_fields import (
    LONGEST_SMS,
    LONGEST_TEXT,
    SMS_FIELDS,
    TemplateChannel,
    fields_of,
)
from huikuan.collection.templates import (
    SHIPPED,
    Template,
    check_template,
    rendered,
    template_names,
    templates_in_force,
)
from huikuan.collection.worklist import WorkFilter, work_lines
from huikuan.core.errors import HuikuanError
from huikuan.web.collection.forms import choices
from huikuan.web.collection.letter_words import letter_crumbs
from huikuan.web.collection.words import list_url
from huikuan.web.pages import Work, open_address, page
from huikuan.web.scopes import visible

Row = dict[str, Any]
VERSIONS = 20
TRIED = 10  # from the top of the worklist: all that a customer owes may be promised or in dispute
_STYLES = re.compile(r' style="[^"]*"')  # for mail programs; pages have their own


def templates_url(work: Work) -> str:
    return reverse("collection-templates", args=[work.organization.code])


def template_url(work: Work, code: str, channel: str, language: str) -> str:
    return reverse("collection-template", args=[work.organization.code, code, channel, language])


def _crumbs(work: Work, *more: str) -> list[dict[str, str]]:
    way = [{"label": _("催收"), "url": list_url(work)}]
    if more:
        way.append({"label": _("消息模板"), "url": templates_url(work)})
    return [*way, *({"label": label} for label in more or (_("消息模板"),))]


@require_safe
@page("collection.read")
def templates(request: HttpRequest, work: Work) -> HttpResponse:
    """Every template by what it is for, with its channels and languages."""
    in_force = templates_in_force()
    names = template_names(get_language() or "")
    rows = []
    for code, name in names.items():
        for channel, label in TEMPLATE_CHANNELS.items():
            found = [in_force.get((code, channel, language)) for language in LANGUAGES]
            if any(found):
                rows.append(_row(work, name, code, str(label), channel, found))
    actions = []
    if work.actor.may("collection.manage"):
        code = work.organization.code
        head = open_address(work, "collection-letterhead")
        actions = [
            {"label": _("信头与账户"), "url": head, "icon": "building"},
            {
                "label": _("新建模板"),
                "url": reverse("collection-template-new", args=[code]),
                "icon": "plus",
                "primary": True,
            },
        ]
    context = {
        "rows": rows,
        "languages": LANGUAGES.values(),
        "actions": actions,
        "breadcrumbs": _crumbs(work),
    }
    return render(request, "collection/templates.html", context)


def _row(work: Work, name: str, code: str, label: str, channel: str, found: list[Template | None]) -> Row:
    versions = [
        {
            "url": template_url(work, code, channel, language) if work.actor.may("collection.manage") else "",
            "label": str(words),
            "there": each is not None,
            "own": each is not None and each.version_id is not None,
        }
        for each, (language, words) in zip(found, LANGUAGES.items(), strict=True)
    ]
    return {"name": name, "code": code, "channel": label, "versions": versions}


class TemplateForm(forms.Form):
    """A template: what it is called and what it says."""

    code = forms.CharField(
        label=_l("代码"), max_length=40, help_text=_l("小写字母、数字和下划线，策略里用它引用模板。")
    )
    channel = forms.ChoiceField(label=_l("渠道"))
    language = forms.ChoiceField(label=_l("语言"))
    name = forms.CharField(label=_l("名称"), max_length=100)
    subject = forms.CharField(label=_l("主题"), max_length=200, required=False)
    text = forms.CharField(
        label=_l("正文"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 18, "data-insert-here": "", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, fixed: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        channel, language = self.fields["channel"], self.fields["language"]
        assert isinstance(channel, forms.ChoiceField)
        assert isinstance(language, forms.ChoiceField)
        channel.choices, language.choices = choices(TEMPLATE_CHANNELS), choices(LANGUAGES)
        if fixed:
            for name in ("code", "channel", "language"):
                self.fields[name].widget = forms.HiddenInput()


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.manage")
def template_new(request: HttpRequest, work: Work) -> HttpResponse:
    """A template of one's own."""
    initial = {"channel": TemplateChannel.EMAIL.value, "language": "zh-hans"}
    return _edited(request, work, None, initial=initial, title=_("新建模板"))


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.manage")
def template(request: HttpRequest, work: Work, code: str, channel: str, language: str) -> HttpResponse:
    """One template: its text, what it says to a customer, and its versions."""
    in_force = templates_in_force()
    others = [each for each in in_force.values() if (each.code, each.channel) == (code, channel)]
    if not others or language not in LANGUAGES:
        raise Http404
    found = in_force.get((code, channel, language))
    like = found or others[0]
    initial = {
        "code": code,
        "channel": channel,
        "language": language,
        "name": like.name,
        "subject": found.subject if found else "",
        "text": found.text if found else "",
    }
    return _edited(request, work, found, initial=initial, title=like.name)


def _edited(
    request: HttpRequest, work: Work, found: Template | None, *, initial: Row, title: str
) -> HttpResponse:
    fixed = "code" in initial
    data = request.POST if request.method == "POST" else None
    form = TemplateForm(data, initial=initial, fixed=fixed)
    if data is not None and form.is_valid():
        values = form.cleaned_data
        if fixed:
            values |= {name: initial[name] for name in ("code", "channel", "language")}
        values["channel"] = TemplateChannel(values["channel"])
        try:
            made = save_template(NewTemplate(**values), actor=work.actor)
        except HuikuanError as error:
            form.add_error("text", error.message)
        else:
            messages.success(request, _("模板已保存。") if made else _("没有改动。"))
            return redirect(template_url(work, values["code"], values["channel"], values["language"]))
    shown = data if data is not None else initial
    context = {
        "form": form,
        "title": title,
        "over": " · ".join(
            str(each)
            for each in (
                TEMPLATE_CHANNELS.get(shown.get("channel", "")),
                LANGUAGES.get(shown.get("language", "")),
            )
            if each
        ),
        "fixed": fixed,
        "fields": [
            {"code": "{" + code + "}", "label": str(label)} for code, label in TEMPLATE_FIELDS.items()
        ],
        "sms_fields": SMS_FIELDS,
        "preview": preview_of(work, shown, ""),
        "preview_url": reverse("collection-template-preview", args=[work.organization.code]),
        "retire_url": reverse(
            "collection-template-retire",
            args=[work.organization.code, found.code, found.channel, found.language],
        )
        if found is not None and found.version_id
        else "",
        "shipped": found is not None and found.key in SHIPPED,
        "versions": _versions(initial) if fixed else [],
        "back_url": templates_url(work),
        "breadcrumbs": _crumbs(work, title),
    }
    return render(request, "collection/template.html", context, status=422 if form.errors else 200)


def _versions(initial: Row) -> list[Row]:
    rows = (
        MessageTemplate.objects.filter(
            code=initial["code"], channel=initial["channel"], language=initial["language"]
        )
        .select_related("act")
        .order_by("-id")[:VERSIONS]
    )
    return [
        {
            "title": _("停用") if each.retired else _("修改"),
            "at": each.act.recorded_at,
            "by": each.written_by,
            "note": each.subject,
        }
        for each in rows
    ]


@require_POST
@page("collection.manage")
def template_preview(request: HttpRequest, work: Work) -> HttpResponse:
    """What the text says to a real customer, while it is written."""
    context = {"preview": preview_of(work, request.POST, request.POST.get("customer", ""))}
    return render(request, "collection/template_preview.html", context)


def preview_of(work: Work, values: Any, code: str) -> Row:
    """A template filled in for a customer (its code), else for who is most worth chasing; or why it cannot be used."""
    channel, language = str(values.get("channel", "")), str(values.get("language", ""))
    subject, text = str(values.get("subject", "")), str(values.get("text", "")).replace("\r\n", "\n")
    if channel not in set(TemplateChannel) or language not in LANGUAGES or not text.strip():
        return {"empty": _("写下正文后，这里显示发给客户的样子。")}
    facts = _facts_for(work, code.strip())
    if facts is None:
        if not code.strip():
            return {"empty": _("还没有客户可以预览。")}
        return {"problem": _("没有这个客户，或不归您负责。")}
    try:
        check_template(channel, subject, text)
        draft = Template("preview", channel, language, "", subject, text.strip())
        said = rendered(draft, _asked(facts, subject + text), language=language)
    except HuikuanError as error:
        return {"problem": error.message}
    sms = channel == TemplateChannel.SMS
    return {
        "customer": facts.customer,
        "code": facts.code,
        "subject": said.subject,
        "html": "" if sms else mark_safe(_STYLES.sub("", said.html)),
        "text": said.text if sms else "",
        "length": _("%(length)d / %(most)d 字") % {"length": len(said.text), "most": LONGEST_SMS}
        if sms
        else "",
    }


def _asked(facts: ClaimFacts, text: str) -> ClaimFacts:
    """What a text of this kind asks for: what is overdue where it says so, what is yet to come before the due day."""
    named = set(fields_of(text))
    if "next_due" in named:
        coming = {each.item_id for each in facts.lines if each.due_on and each.due_on >= facts.day}
        return facts.only(coming) if coming else facts
    return facts.overdue_only() if facts.overdue and named & {"overdue", "days"} else facts


def _facts_for(work: Work, code: str) -> ClaimFacts | None:
    seen = customers_seen(work.actor)
    if code:
        customers = list(seen.filter(code__iexact=code).values_list("pk", flat=True)[:1])
    else:
        wanted = WorkFilter(people=visible(work.actor))
        lines = work_lines(wanted, weights_in_force(), today=work.today, limit=TRIED)
        customers = [each.customer_id for each in lines]
        customers = customers or list(seen.order_by("pk").values_list("pk", flat=True)[:1])
    found = claim_facts(customers, day=work.today)
    facts = [found[key] for key in customers if key in found]
    return next((each for each in facts if each.overdue), facts[0] if facts else None)


@require_POST
@page("collection.manage")
def template_retire(request: HttpRequest, work: Work, code: str, channel: str, language: str) -> HttpResponse:
    """停用, or back to the shipped text."""
    if channel not in set(TemplateChannel):
        raise Http404
    try:
        retire_template(code=code, channel=TemplateChannel(channel), language=language, actor=work.actor)
    except HuikuanError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("已恢复为随附的模板，或停用。"))
    return redirect(templates_url(work))


class LetterheadForm(forms.Form):
    """What stands on our letters."""

    sender = forms.CharField(label=_l("署名部门"), max_length=100, required=False, help_text=_l("如：财务部"))
    phone = forms.CharField(label=_l("联系电话"), max_length=40, required=False)
    email = forms.EmailField(label=_l("邮箱"), max_length=100, required=False)
    address = forms.CharField(label=_l("地址"), max_length=200, required=False)
    postcode = forms.CharField(label=_l("邮编"), max_length=12, required=False)
    english_name = forms.CharField(label=_l("公司英文名称"), max_length=200, required=False)
    english_address = forms.CharField(label=_l("英文地址"), max_length=300, required=False)
    account = forms.ChoiceField(label=_l("收款账户"), required=False)
    deadline_days = forms.IntegerField(
        label=_l("付款期限（天）"), min_value=1, max_value=90, help_text=_l("遇休息日顺延到下一个工作日。")
    )
    interest_percent = forms.DecimalField(
        label=_l("逾期日利率（%）"),
        required=False,
        max_digits=7,
        decimal_places=6,
        min_value=Decimal("0.000001"),
        max_value=Decimal("0.999999"),
        help_text=_l("合同约定的，或法定的每日万分之五即 0.05；不填则信里不计利息。"),
    )

    def __init__(self, data: Any, head: Letterhead | None) -> None:
        initial: Row = {"deadline_days": DEADLINE_DAYS}
        if head is not None:
            initial = {name: getattr(head, name, "") for name in self.base_fields}
            initial["account"] = str(head.account_id or "")
            if head.interest_daily is not None:
                initial["interest_percent"] = f"{(head.interest_daily * 100).normalize():f}"
        super().__init__(data, initial=initial)
        field = self.fields["account"]
        assert isinstance(field, forms.ChoiceField)
        accounts = BankAccount.objects.filter(closed_on=None).order_by("code")
        field.choices = [
            ("", "—"),
            *((str(each.pk), f"{each.name} {each.bank}".strip()) for each in accounts),
        ]

    def wanted(self) -> NewLetterhead:
        """The letterhead as it was typed."""
        values = dict(self.cleaned_data)
        account, percent = values.pop("account"), values.pop("interest_percent")
        return NewLetterhead(
            **values,
            account_id=UUID(account) if account else None,
            interest_daily=percent / 100 if percent else None,
        )


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.manage", whole=True)
def letterhead(request: HttpRequest, work: Work) -> HttpResponse:
    """信头: who writes, where to pay to, how long there is to pay."""
    data = request.POST if request.method == "POST" else None
    form = LetterheadForm(data, letterhead_in_force())
    if data is not None and form.is_valid():
        try:
            save_letterhead(form.wanted(), actor=work.actor)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("信头已保存。"))
            return redirect(reverse("collection-letterhead", args=[work.organization.code]))
    context = {
        "title": _("信头与账户"),
        "note": _("印在催款函、对账单上，也用于模板里的署名、电话和收款账户。"),
        "form": form,
        "submit": _("保存"),
        "back_url": templates_url(work),
        "breadcrumbs": letter_crumbs(work, _("信头与账户")),
    }
    return render(request, "sales/form.html", context, status=422 if form.errors else 200)
