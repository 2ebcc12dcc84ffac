"""What provisions are computed by on a day: the matrix, customers judged by themselves, forecasts; as known at a time."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from huikuan.audit.models import Event
from huikuan.core.errors import HuikuanError
from huikuan.credit.ledger_facts import Knowledge, knowledge
from huikuan.risk.models import Assessment, LossForecast, ProvisionMatrix


class NoMatrix(HuikuanError):
    """No provision matrix is in force on the day."""

    code = "no_matrix"


def matrix_on(day: date, known_at: datetime | None = None) -> ProvisionMatrix:
    """The matrix in force on a day, as known at a time (None: now); of one day the last that was set. Raises NoMatrix."""
    known = _known(knowledge(day, known_at), "effective_on")
    found = (
        ProvisionMatrix.objects.filter(known, effective_on__lte=day).order_by("-effective_on", "-pk").first()
    )
    if found is None:
        raise NoMatrix(_("%s 还没有生效的坏账计提比例，请先设定。") % day)
    return found


def assessments_on(day: date, known_at: datetime | None = None) -> list[Assessment]:
    """The customers judged by themselves on a day, as known at a time (None: now), in the order they were judged."""
    known = knowledge(day, known_at)
    lasts = Q(until_on__isnull=True) | Q(until_on__gt=day) | _end_unknown(known)
    found = Assessment.objects.filter(_known(known, "from_on"), lasts, from_on__lte=day)
    return list(found.select_related("customer").order_by("pk"))


def forecast_on(day: date, known_at: datetime | None = None) -> LossForecast | None:
    """What the payment model said last of the debts of a day, as known at a time (None: now); None where it was not asked."""
    known = _known(knowledge(day, known_at), "as_of")
    return LossForecast.objects.select_related("model").filter(known, as_of=day).order_by("-pk").first()


def _known(known: Knowledge, column: str) -> Q:
    """Rows that were known: by when they were recorded, before the organization went live by their date in `column`."""
    if known.known_at is None:
        return Q()
    return Q(**{f"{column}__lt": known.live_on, f"{column}__lte": known.known_at.date()}) | Q(
        **{f"{column}__gte": known.live_on}, act__recorded_at__lte=known.known_at
    )


def _end_unknown(known: Knowledge) -> Q:
    """Assessments whose end was not known yet: the row has the end, the trail when it was recorded."""
    if known.known_at is None:
        return Q(pk__in=())
    ended_later = Event.objects.filter(
        record_kind="assessment", action="ended", act__recorded_at__gt=known.known_at
    )
    return Q(until_on__lt=known.live_on, until_on__gt=known.known_at.date()) | Q(
        until_on__gte=known.live_on, pk__in=ended_later.values("record_id")
    )
