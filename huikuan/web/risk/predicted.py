"""What is expected of open items, as facts of a document's and a customer's page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.core.sentences import in_succession
from huikuan.risk.payments.models import PaymentPrediction
from huikuan.risk.payments.queries import predictions_of, worst_of_customer
from huikuan.risk.payments.reason_words import sentence
from huikuan.web.ledger.addresses import document_url
from huikuan.web.pages import Work

Row = dict[str, Any]
SHOWN = 5


def share_text(share: float) -> str:
    """A probability as people read it; never 0% or 100% of what is only likely."""
    if 0 < share < 0.01:
        return "<1%"
    if 0.99 < share < 1:
        return ">99%"
    return f"{share:.0%}"


def expected_facts(work: Work, item_ids: Iterable[UUID]) -> list[Row]:
    """When the open items of a document are expected, how sure that is, and why; nothing where nothing is foreseen.

    Of several, the one expected next is told whole, and when the last one is.
    """
    if not work.actor.may("report.read"):
        return []
    found = sorted(predictions_of(item_ids).values(), key=lambda row: (row.p50_on, row.pk))
    if not found:
        return []
    soonest, *later = found
    facts = [_date(_("下一期预计付款") if later else _("预计付款"), soonest)]
    if soonest.p_late30 < 1:  # what is later already is no question
        facts.append(_lateness(soonest))
    if later:
        facts.append(_date(_("最后一期预计付款"), later[-1]))
    if soonest.reasons:
        facts.append(
            {"label": _("为什么"), "value": in_succession(map(sentence, soonest.reasons)), "wide": True}
        )
    return facts


def _date(label: str, row: PaymentPrediction) -> Row:
    return {"label": label, "value": row.p50_on, "kind": "date", "hint": _range(row)}


def _lateness(row: PaymentPrediction) -> Row:
    return {
        "label": _("晚 5 天以上的可能"),
        "value": share_text(row.p_late5),
        "hint": _("晚 30 天以上：%s") % share_text(row.p_late30),
        "tone": "bad" if row.p_late5 >= 0.5 else "",
    }


def _range(row: PaymentPrediction) -> str:
    if row.p10_on == row.p90_on:
        return _("截至 %s 的预测") % row.as_of_on.isoformat()
    return _("八成把握：%(low)s 至 %(high)s；截至 %(day)s 的预测") % {
        "low": row.p10_on.isoformat(),
        "high": row.p90_on.isoformat(),
        "day": row.as_of_on.isoformat(),
    }


def customer_expected(work: Work, customer_id: UUID) -> list[Row]:
    """The open items of a customer that are expected last, as rows of facts."""
    if not work.actor.may("report.read"):
        return []
    return [
        {
            "label": row.item.document.number,
            "value": row.p50_on.isoformat(),
            "url": document_url(work, row.item.document_id),
            "hint": in_succession(
                [_("晚 5 天以上的可能 %s") % share_text(row.p_late5), *map(sentence, row.reasons[:1])]
            ),
        }
        for row in worst_of_customer(customer_id, most=SHOWN)
    ]
