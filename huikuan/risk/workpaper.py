"""审计底稿: everything that a provision is computed from, written down once, so that it can be recomputed later to the cent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.models import Organization
from huikuan.risk.losses import ItemLoss, foretold_by, item_losses
from huikuan.risk.models import Provision, ProvisionLine, Workpaper
from huikuan.risk.queries import LossLine, Requirement, roll_forward
from huikuan.risk.rolling import ONE, Basis, Rolled, rolled, whole_months
from huikuan.risk.rules import BUCKETS

FORM = 1
"""Which shape the frozen content has."""


@dataclass(frozen=True)
class Frozen:
    """A workpaper as it was written down: `content` is the text, `data` what it says."""

    content: str
    data: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.content.encode()).hexdigest()


def freeze(found: Requirement) -> Frozen:
    """Everything behind a requirement: debts, rates and how they were found, assessments, movements, the period before."""
    items = item_losses(found)
    since, until = whole_months(found.as_of)
    months = rolled(since, until)
    basis = Basis(since, until, ONE, ONE, tuple(months.average))
    organization = Organization.objects.get(pk=current_organization_id())
    data = {
        "form": FORM,
        "organization": {
            "code": organization.code, "name": organization.name, "currency": organization.currency,
        },
        "as_of": found.as_of.isoformat(),
        "required": _text(found.required),
        "before": _text(found.before),
        "charge": _text(found.charge),
        "matrix": {
            "effective_on": found.matrix.effective_on.isoformat(),
            "note": found.matrix.note,
            "rates": {bucket: found.matrix.rates[bucket] for bucket in BUCKETS},
            "basis": found.matrix.basis,
        },
        "lines": [_line(line) for line in found.lines],
        "rolls": {**basis.as_data(), "months": _moves(months)},
        "items": [_item(each) for each in items],
        "model": _model(found.as_of),
        "moved": _moved(found.as_of),
        "earlier": _earlier(found.as_of),
    }  # fmt: skip
    return Frozen(json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")), data)


def frozen_of(provision: Provision) -> Frozen | None:
    """What was written down when a provision was posted; None of one that was posted before workpapers were kept."""
    row = Workpaper.objects.filter(provision=provision).first()
    return Frozen(row.content, json.loads(row.content)) if row else None


def earlier_provision(as_of: date) -> Provision | None:
    """The last provision of a day before."""
    return Provision.objects.filter(as_of__lt=as_of).order_by("-as_of", "-pk").first()


def lines_of(provision: Provision) -> list[ProvisionLine]:
    """What a provision says, line by line."""
    return list(
        ProvisionLine.objects.filter(provision=provision).select_related("customer").order_by("position")
    )


def _text(amount: Decimal) -> str:
    return f"{amount:f}"


def _line(line: LossLine) -> list[str]:
    return [
        line.bucket, line.code, line.name, line.reason, _text(line.balance), f"{line.rate.normalize():f}",
        _text(line.loss),
    ]  # fmt: skip


def _item(each: ItemLoss) -> list[Any]:
    return [
        each.number, each.line, each.code, each.name, each.document_on.isoformat(),
        each.due_on.isoformat() if each.due_on else None, each.bucket, _text(each.balance),
        f"{each.rate.normalize():f}", _text(each.loss), None if each.p_lost is None else f"{each.p_lost:f}",
        _text(each.by_model),
    ]  # fmt: skip


def _moves(months: Rolled) -> list[list[str]]:
    return [
        [
            month.isoformat(),
            bucket,
            _text(months.moves[month, bucket][0]),
            _text(months.moves[month, bucket][1]),
        ]
        for month in months.months
        for bucket in BUCKETS[:-1]
        if (month, bucket) in months.moves
    ]


def _model(as_of: date) -> dict[str, Any] | None:
    model = foretold_by(as_of)
    if model is None:
        return None
    return {
        "number": model.number,
        "method": model.method,
        "until": model.until_on.isoformat(),
        "digest": model.digest,
    }


def _moved(as_of: date) -> list[list[str]]:
    """The movements of the allowance from the beginning of the month, and of the year, before the charge."""
    found = []
    for first in (as_of.replace(day=1), as_of.replace(month=1, day=1)):
        moved = roll_forward(first, as_of)
        figures: Sequence[Decimal] = (
            moved.opening, moved.charge, moved.reversal, moved.write_off, moved.recovery, moved.other, moved.closing,
        )  # fmt: skip
        found.append([first.isoformat(), *map(_text, figures)])
    return found


def _earlier(as_of: date) -> dict[str, Any] | None:
    before = earlier_provision(as_of)
    if before is None:
        return None
    return {
        "as_of": before.as_of.isoformat(),
        "required": _text(before.required),
        "lines": [
            [
                line.bucket,
                line.customer.code if line.customer else "",
                line.customer.name if line.customer else "",
                _text(line.balance),
                f"{line.rate.normalize():f}",
                _text(line.loss),
            ]
            for line in lines_of(before)
        ],
    }
