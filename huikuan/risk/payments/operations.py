"""The only writers of payment models: training, choosing, trying on the past, and saying what open items will do."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import F, Max
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from huikuan.approvals.queries import transaction_time
from huikuan.audit.operations import act, record_event
from huikuan.core.postgres.bulk import stage
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.notices.operations import send_notices
from huikuan.notices.wording import MODEL_WEAKER, MODEL_WORSE
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import MembershipRole, Organization
from huikuan.risk.foreseeing.operations import renew_outlooks
from huikuan.risk.payments.asking import OpenPredictions, predict_open
from huikuan.risk.payments.backtest import run_backtest
from huikuan.risk.payments.cash import WEEKS, weekly_cash
from huikuan.risk.payments.fitting import Fitted, fit
from huikuan.risk.payments.learning import MOST_DEBTS
from huikuan.risk.payments.models import Backtest, ForetoldWeek, PaymentModel, PaymentPrediction, PlannedCash
from huikuan.risk.payments.planned import planned_debts, planned_weeks
from huikuan.risk.payments.queries import expected_by_week, latest_watch, model_in_use, model_known_by
from huikuan.risk.payments.refusing import PaymentModelRefused as PaymentModelRefused
from huikuan.risk.payments.staging import cut_at, stage_debts
from huikuan.risk.payments.watch_words import days_text, guessed_days
from huikuan.risk.payments.watching import WEAKER, WORSE, run_watch
from huikuan.risk.payments.weeks import monday_of
from huikuan.sales.coming_cash import ComingDebt

Numbers = NDArray[np.float64]
DAY = timedelta(days=1)


def train_model(
    *, until: date, actor: Actor, today: date, use: bool | None = None, most_debts: int = MOST_DEBTS
) -> PaymentModel:
    """Make a model of what was known on a day, and use it; of more than `most_debts` debts as many are drawn to learn from.

    `use`: None puts it to use where it is not older than what the one in use knew. Where there is too little to learn
    from, or a model is not better than a clerk's guess, the version holds the plain history instead and says so.
    Raises PaymentModelRefused for a day to come.
    """
    actor.require("payment_model.write")
    if until > today:
        raise PaymentModelRefused(_("截止日 %s 还没有到。") % until, code="until_to_come")
    cut = cut_at(until)
    stage_debts(cut)
    fitted = fit(cut, most_debts)
    with act("train_payment_model", actor=actor) as opened:
        used = model_in_use(lock=True)
        if use is None:
            use = used is None or used.until_on <= until
        if use and used is not None:
            PaymentModel.objects.filter(pk=used.pk).update(in_use=False)
        text = fitted.text.encode()
        model = PaymentModel.objects.create(
            organization_id=opened.organization_id,
            act_id=opened.id,
            number=(PaymentModel.objects.aggregate(last=Max("number"))["last"] or 0) + 1,
            method=fitted.method,
            until_on=until,
            trained_at=Now(),
            content=zlib.compress(text, 6),
            digest=hashlib.sha256(text).hexdigest(),
            card=_card(fitted),
            in_use=use,
        )
        model.refresh_from_db(fields=["trained_at"])
        _record("trained", model)
    return model


def _card(fitted: Fitted) -> dict[str, Any]:
    return {
        "learned": fitted.learned,
        "rounds": fitted.rounds,
        "tried": fitted.tried,
        "tried_from": fitted.tried_from.isoformat() if fitted.tried_from else None,
        "why": fitted.why,
    }


def use_model(*, model_id: UUID, actor: Actor, reason: str = "") -> PaymentModel:
    """Put a version to use, such as the one before; what it says of open items is made anew by the next run."""
    actor.require("payment_model.write")
    with act("use_payment_model", actor=actor, reason=reason):
        used = model_in_use(lock=True)
        model = PaymentModel.objects.select_for_update(of=("self",)).filter(pk=model_id).first()
        if model is None:
            raise PaymentModelRefused(_("没有这个版本的付款模型。"), code="unknown_model")
        if used is not None and used.pk == model.pk:
            raise PaymentModelRefused(_("这个版本已经在用。"), code="in_use_already")
        if used is not None:
            PaymentModel.objects.filter(pk=used.pk).update(in_use=False)
        PaymentModel.objects.filter(pk=model.pk).update(in_use=True)
        model.in_use = True
        _record("used", model)
    return model


def _record(action: str, model: PaymentModel) -> None:
    record_event(
        action=action,
        record_kind="payment_model",
        record_id=model.pk,
        number=str(model.number),
        content={"method": model.method, "until_on": model.until_on.isoformat(), "digest": model.digest},
    )


def backtest(*, until: date, since: date | None = None, actor: Actor, today: date) -> Backtest:
    """Try models on the past up to a day, each made of what was known before the time it is tried on; kept.

    `since`: one model made of what was known before that day, tried on what was issued from then on.
    """
    actor.require("payment_model.write")
    if until > today:
        raise PaymentModelRefused(_("截止日 %s 还没有到。") % until, code="until_to_come")
    if since is not None and since > until:
        raise PaymentModelRefused(_("起始日晚于截止日。"), code="dates_reversed")
    result = run_backtest(until=until, since=since, today=today)
    with act("backtest_payment_model", actor=actor) as opened:
        made = Backtest.objects.create(
            organization_id=opened.organization_id, act_id=opened.id, until_on=until, result=result
        )
        record_event(
            action="recorded",
            record_kind="payment_backtest",
            record_id=made.pk,
            number=until.isoformat(),
            content={"trials": len(result["trials"])},
        )
    return made


def watch_model(*, actor: Actor, today: date) -> dict[str, Any] | None:
    """Judge a version by what came due since it was made (`watching.run_watch`); kept, None where that is too little.

    Those who may choose models are told when it turns out worse than a clerk's guess or weaker than on its trial, once.
    """
    actor.require("payment_model.write")
    watch = run_watch(cut_at(today))
    if watch is None:
        return None
    before = latest_watch()
    with act("backtest_payment_model", actor=actor) as opened:
        made = Backtest.objects.create(
            organization_id=opened.organization_id,
            act_id=opened.id,
            until_on=today,
            result={"until": today.isoformat(), "trials": [], "watch": watch},
        )
        record_event(
            action="recorded",
            record_kind="payment_backtest",
            record_id=made.pk,
            number=today.isoformat(),
            content={"version": watch["version"], "state": watch["state"]},
        )
        told = before is not None and [before[each] for each in ("version", "state")] == [
            watch["version"],
            watch["state"],
        ]
        if watch["state"] in (WORSE, WEAKER) and not told:
            _warn(watch)
    return watch


def _warn(watch: dict[str, Any]) -> None:
    people = MembershipRole.objects.filter(
        role__permissions__contains="payment_model.write",
        membership__active=True,
        membership__user__is_active=True,
    )
    worse = watch["state"] == WORSE
    expected = guessed_days(watch["found"]) if worse else watch["expected"]["date"]["mae"]
    code = Organization.objects.values_list("code", flat=True).get(pk=current_organization_id())
    send_notices(
        people.values_list("membership_id", flat=True).distinct(),
        kind=MODEL_WORSE if worse else MODEL_WEAKER,
        parameters={
            "number": watch["version"],
            "days": days_text(watch["found"]["date"]["mae"]),
            "expected": days_text(expected),
        },
        path=reverse("payment-model", args=[code]),
        now=transaction_time(),
    )


def predict_all(*, actor: Actor, today: date) -> int:
    """Say of all open items what the model in use expects as of a day, in place of what was said before; how many.

    Also what orders and billing plans that are not invoiced yet will bring; what cash that comes to is kept.
    """
    model = model_in_use()
    if model is None:
        return 0
    found = predict_open(model, today)
    coming = planned_debts(today)
    coming_weeks = planned_weeks(coming, cut_at(today), WEEKS)
    organization_id = current_organization_id()
    with act("predict_payments", actor=actor):
        stage(
            "payments_predicted",
            (
                ("item_id", "uuid"), ("customer_id", "uuid"), ("p_late5", "float8"), ("p_late30", "float8"),
                ("p10_on", "date"), ("p50_on", "date"), ("p90_on", "date"), ("weeks", "float8[]"), ("reasons", "jsonb"),
            ),
            _rows(found),
        )  # fmt: skip
        PaymentPrediction.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO risk_payment_prediction (id, organization_id, model_id, as_of_on, item_id, customer_id, amount,
                                                     p_late5, p_late30, p10_on, p50_on, p90_on, weeks, reasons)
                SELECT uuidv7(), %(organization)s, %(model)s, %(today)s, s.item_id, s.customer_id, i.open_base,
                       s.p_late5, s.p_late30, s.p10_on, s.p50_on, s.p90_on, s.weeks, s.reasons
                FROM payments_predicted s
                JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = s.item_id
                """,
                {"organization": organization_id, "model": model.pk, "today": today},
            )
        _keep_planned(coming, coming_weeks, today)
        renew_outlooks(today=today)
        _keep_weeks(model, found, coming, coming_weeks, today)
    return len(found)


def look_back(*, actor: Actor, today: date, weeks: int, most_debts: int = MOST_DEBTS) -> int:
    """Foretell each of the last weeks as it could have been on the day before it began, where nothing was; how many.

    By a model that knew nothing after the first of these days. It is kept as made later (`looked_back`), for the open items of
    that day alone: what was not invoiced then can no longer be told.
    """
    actor.require("payment_model.write")
    last = monday_of(today)
    mondays = [last - timedelta(days=7 * each) for each in range(1, weeks + 1)]
    said = set(
        ForetoldWeek.objects.filter(week_on__in=mondays, made_on__lt=F("week_on")).values_list(
            "week_on", flat=True
        )
    )
    wanted = sorted(set(mondays) - said)
    if not wanted:
        return 0
    before = wanted[0] - DAY
    model = model_known_by(before) or train_model(
        until=before, actor=actor, today=today, use=False, most_debts=most_debts
    )
    with act("look_back_on_payments", actor=actor) as opened:
        for monday in wanted:
            found = predict_open(model, monday - DAY, with_reasons=False)
            foretold = weekly_cash(found.amounts, found.customers, found.weeks[:, :2], monday - DAY)[1]
            ForetoldWeek.objects.create(
                organization_id=opened.organization_id,
                model=model,
                made_on=monday - DAY,
                week_on=monday,
                expected=foretold.expected,
                low=foretold.low,
                middle=foretold.middle,
                high=foretold.high,
                looked_back=True,
            )
    return len(wanted)


def _keep_planned(coming: Sequence[ComingDebt], weeks: Numbers, today: date) -> None:
    PlannedCash.objects.all().delete()
    organization_id = current_organization_id()
    PlannedCash.objects.bulk_create(
        (
            PlannedCash(
                organization_id=organization_id,
                as_of_on=today,
                weeks=[round(float(share), 6) for share in shares],
                **asdict(debt),
            )
            for debt, shares in zip(coming, weeks, strict=True)
        ),
        batch_size=2000,
    )


def _keep_weeks(
    model: PaymentModel, found: OpenPredictions, coming: Sequence[ComingDebt], weeks: Numbers, today: date
) -> None:
    """What is expected is what the kept predictions come to, to the cent; how sure that is, is drawn."""
    numbers = dict(zip(found.customer_ids, found.customers.tolist(), strict=True))
    last = max(numbers.values(), default=0)
    for debt in coming:
        if debt.customer_id not in numbers:
            last += 1
            numbers[debt.customer_id] = last
    drawn = weekly_cash(
        np.concatenate((found.amounts, [float(debt.amount) for debt in coming])),
        np.concatenate((found.customers, [numbers[debt.customer_id] for debt in coming])).astype(np.int64),
        np.concatenate((found.weeks[:, :WEEKS], weeks)),
        today,
    )
    earlier = ForetoldWeek.objects.filter(made_on=today).aggregate(last=Max("round"))["last"] or 0
    sums = expected_by_week() or [(Decimal(0), Decimal(0))] * len(drawn)
    ForetoldWeek.objects.bulk_create(
        ForetoldWeek(
            organization_id=current_organization_id(),
            model=model,
            made_on=today,
            round=earlier + 1,
            week_on=week.starts_on,
            expected=expected,
            low=min(week.low, expected),
            middle=week.middle,
            high=max(week.high, expected),
            planned=planned,
        )
        for week, (expected, planned) in zip(drawn, sums, strict=True)
    )


def _rows(found: OpenPredictions) -> Iterator[tuple[Any, ...]]:
    from json import dumps

    weeks = np.round(found.weeks, 6).tolist()
    for position in range(len(found)):
        yield (
            found.item_ids[position],
            found.customer_ids[position],
            float(found.late5[position]),
            float(found.late30[position]),
            *(found.days[level][position] for level in (10, 50, 90)),
            f"{{{','.join(map(str, weeks[position]))}}}",
            dumps(found.reasons[position]),
        )
