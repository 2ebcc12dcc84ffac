"""What the entries of a customer's timeline are called, and where they lead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from huikuan.collection.wording import CHANNELS, RESULTS, STATES, STEPS, word
from huikuan.core.sentences import enumerated
from huikuan.customers.models import Customer
from huikuan.messaging.wording import CHANNELS as MESSAGE_CHANNELS
from huikuan.messaging.wording import INBOUND, reason_words
from huikuan.messaging.wording import STATES as MESSAGE_STATES
from huikuan.messaging.wording import TONES as MESSAGE_TONES
from huikuan.web.collection.words import ICONS as CONTACT_ICONS
from huikuan.web.collection.words import TONES
from huikuan.web.customers.timeline import Entry, Page, timeline
from huikuan.web.ledger.addresses import customer_url, document_url
from huikuan.web.ledger.words import ICONS, kind_name
from huikuan.web.lists import with_query
from huikuan.web.pages import Work

Row = dict[str, Any]

COLLECTION = ("contact", "promise", "message")
CHIPS: tuple[tuple[str, str | Promise, tuple[str, ...]], ...] = (
    (
        "",
        gettext_lazy("全部"),
        ("document", "money", "settlement", *COLLECTION, "note", "file", "change", "import"),
    ),
    ("document", pgettext_lazy("plural", "单据"), ("document",)),
    ("money", pgettext_lazy("plural", "收款"), ("money",)),
    ("settlement", pgettext_lazy("plural", "核销"), ("settlement",)),
    ("contact", gettext_lazy("催收"), COLLECTION),
    ("note", pgettext_lazy("plural", "备注"), ("note",)),
    ("file", gettext_lazy("附件"), ("file",)),
    ("change", gettext_lazy("档案与导入"), ("change", "import")),
)
LEDGER_CHIPS = {"document", "money", "settlement"}
COLLECTION_CHIP = "contact"

LOWERING = ("credit_note", "write_off")
"""Documents whose amounts are taken from the debt; what was paid is shown as what was received."""

FIELDS: dict[str, str | Promise] = {
    "name": gettext_lazy("名称"),
    "code": gettext_lazy("代码"),
    "uscc": gettext_lazy("统一社会信用代码"),
    "parent_id": gettext_lazy("所属集团"),
    "salesperson_id": gettext_lazy("业务员"),
    "term_id": gettext_lazy("付款条件"),
    "region": gettext_lazy("地区"),
    "sector": gettext_lazy("行业"),
    "size": gettext_lazy("规模"),
    "segment": gettext_lazy("分类"),
    "country": gettext_lazy("国家或地区"),
}


def timeline_context(work: Work, customer: Customer, *, kind: str, before: str) -> Row:
    """Context of customers/timeline_rows.html and, with its chips, of customers/timeline_card.html."""
    url = reverse("customer-timeline", args=[work.organization.code, customer.pk])
    chosen = next((chip for chip in CHIPS if chip[0] == kind), CHIPS[0])
    found = timeline(
        customer.pk,
        kinds=set(chosen[2]) - _not_for(work),
        with_documents=work.actor.may("ledger.read"),
        time_zone=work.organization.time_zone,
        before=before,
    )
    return {
        "events": events(work, customer, found),
        "earlier_url": with_query(url, {"kind": chosen[0], "before": found.earlier}) if found.earlier else "",
        "chips": _chips(work, url, chosen[0]),
        "first_page": not before,
    }


def _not_for(work: Work) -> set[str]:
    hidden = set() if work.actor.may("messaging.read") else {"message"}
    return hidden if work.actor.may("collection.read") else hidden | {"contact", "promise"}


def _chips(work: Work, url: str, chosen: str) -> list[Row]:
    hidden: set[str] = set() if work.actor.may("ledger.read") else set(LEDGER_CHIPS)
    if not work.actor.may("collection.read"):
        hidden.add(COLLECTION_CHIP)
    return [
        {"label": label, "url": with_query(url, {"kind": kind}) if kind else url, "active": kind == chosen}
        for kind, label, _kinds in CHIPS
        if kind not in hidden
    ]


def events(work: Work, customer: Customer, page: Page) -> list[Row]:
    """The entries as components/timeline_item.html draws them."""
    return [_event(work, customer, entry) for entry in page.entries]


def _event(work: Work, customer: Customer, entry: Entry) -> Row:
    row: Row = {"on": entry.day, "by": entry.by, "note": entry.said, "currency": entry.currency}
    return row | _SAYS[entry.kind](work, customer, entry)


def _document(work: Work, customer: Customer, entry: Entry) -> Row:
    return {
        "title": f"{kind_name(entry.what)} {entry.number}",
        "url": document_url(work, entry.target),
        "icon": ICONS.get(entry.what, "file-text"),
        "tone": "good" if entry.kind == "money" and entry.what != "refund" else "notice",
        "amount": -entry.amount if entry.amount and entry.what in LOWERING else entry.amount,
        "by": "" if entry.origin else entry.by,
    }


def _settlement(work: Work, customer: Customer, entry: Entry) -> Row:
    content = entry.content
    credit = f"{kind_name(content['credit_kind'])} {content['credit_number']}"
    debit = f"{kind_name(content['debit_kind'])} {content['debit_number']}"
    undone = entry.what == "unallocated"
    if entry.count > 1:
        debit = ngettext("%d 张应收单", "%d 张应收单", entry.count) % entry.count
    title = _("反核销：%(credit)s → %(debit)s") if undone else _("核销：%(credit)s → %(debit)s")
    return {
        "title": title % {"credit": credit, "debit": debit},
        "url": document_url(work, entry.target),
        "icon": "arrow-back-up" if undone else "checks",
        "tone": "warn" if undone else "plain",
        "amount": abs(entry.amount) if entry.amount is not None else None,
        "by": "" if entry.origin else entry.by,
    }


def _note(work: Work, customer: Customer, entry: Entry) -> Row:
    on_document = entry.what == "document"
    page = document_url(work, entry.target) if on_document else customer_url(work, customer.pk)
    return {
        "title": _("备注（%s）") % entry.number if on_document else pgettext("note", "备注"),
        "url": f"{page}#note-{entry.content['first']}",
        "icon": "message",
        "tone": "notice",
    }


def _file(work: Work, customer: Customer, entry: Entry) -> Row:
    removed = entry.what == "removed"
    key = entry.content.get("file")
    said = _("移除附件：%s") if removed else _("上传附件：%s")
    return {
        "title": said % entry.content["name"],
        "url": reverse("file-content", args=[work.organization.code, key]) if key else "",
        "icon": "trash" if removed else "upload",
        "note": " · ".join(part for part in (entry.number, entry.said) if part),
    }


def _contact(work: Work, customer: Customer, entry: Entry) -> Row:
    step = entry.content.get("next_on")
    said = [entry.said] if entry.said else []
    if step:
        said.append(
            _("下一步：%(day)s %(step)s") % {"day": step, "step": word(STEPS, entry.content["next_step"])}
        )
    return {
        "title": f"{word(CHANNELS, entry.what)} · {word(RESULTS, entry.number)}",
        "url": reverse("collection-contact", args=[work.organization.code, entry.target]),
        "icon": CONTACT_ICONS.get(entry.what, "message"),
        "tone": "notice",
        "amount": entry.amount,
        "currency": work.organization.currency,
        "note": "\n".join(said),
    }


def _message(work: Work, customer: Customer, entry: Entry) -> Row:
    came_in = entry.number == "inbound"
    said = word(INBOUND, entry.what) if came_in else word(MESSAGE_STATES, entry.what)
    if entry.content["bounced"]:
        said = word(INBOUND, "bounce")
    title = said if came_in else f"{word(MESSAGE_CHANNELS, entry.number)} · {said}"
    note = [entry.content["to"], reason_words(entry.content["reason"]), entry.said]
    return {
        "title": title,
        "url": reverse("message", args=[work.organization.code, entry.target]),
        "icon": "inbox" if came_in else "mail",
        "tone": MESSAGE_TONES.get(entry.what, "notice"),
        "note": "\n".join(part for part in note if part),
    }


def _promise(work: Work, customer: Customer, entry: Entry) -> Row:
    return {
        "title": _("承诺 %(day)s 付款（%(state)s）")
        % {"day": entry.content["on"], "state": word(STATES, entry.what)},
        "url": reverse("collection-promise", args=[work.organization.code, entry.target]),
        "icon": "calendar-due",
        "tone": TONES.get(entry.what, ""),
        "amount": entry.amount,
    }


def _change(work: Work, customer: Customer, entry: Entry) -> Row:
    origin = _("来自导入文件 %s") % entry.origin if entry.origin else ""
    if entry.what == "created":
        return {"title": _("建立客户档案"), "icon": "user-circle", "note": origin}
    names = [str(FIELDS[name]) for name in entry.content if name in FIELDS]
    title = _("变更档案：%s") % enumerated(names) if names else _("变更档案")
    return {"title": title, "icon": "edit", "note": origin or entry.said}


def _import(work: Work, customer: Customer, entry: Entry) -> Row:
    count = ngettext("%d 张单据", "%d 张单据", entry.count) % entry.count
    may = work.actor.may("import.run")
    return {
        "title": _("导入 %s") % entry.number,
        "url": reverse("import-batch", args=[work.organization.code, entry.target]) if may else "",
        "icon": "file-import",
        "note": count,
    }


_SAYS = {
    "document": _document,
    "money": _document,
    "settlement": _settlement,
    "contact": _contact,
    "promise": _promise,
    "message": _message,
    "note": _note,
    "file": _file,
    "change": _change,
    "import": _import,
}


def chips_of(work: Work, customer: Customer) -> Sequence[Row]:
    """The chips before anything is read, all kinds chosen."""
    return _chips(work, reverse("customer-timeline", args=[work.organization.code, customer.pk]), "")
