"""Every night open items are foreseen anew; on the first night of a month a new model is trained and tried on the past, on Mondays one is judged."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.actors import Actor, local_operator
from huikuan.organizations.models import Organization, User
from huikuan.organizations.queries import actor_of
from huikuan.organizations.rounds import in_each_organization

AT_HOUR = 3
LOOKED_BACK_WEEKS = 8


@app.periodic(cron="35 * * * *")
@app.task(name="foresee_payments", queueing_lock="foresee_payments", lock="foresee_payments")
def foresee_payments(timestamp: int) -> None:
    """Train on the first day of a month, then predict, say what is lost of the month's end, and have models tried on the past.

    Organizations without a model are left alone.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """
    from huikuan.risk.foreseeing.operations import foresee_losses
    from huikuan.risk.payments.operations import predict_all, train_model
    from huikuan.risk.payments.queries import model_in_use

    def foresee(organization: Organization, now: datetime) -> None:
        today = now.date()
        if now.hour != AT_HOUR:
            return
        with tenant(organization.pk):
            if model_in_use() is None:
                return
            if today.day == 1:
                train_model(until=today - timedelta(days=1), actor=local_operator(), today=today)
        with tenant(organization.pk):
            predict_all(actor=local_operator(), today=today)
            if today.day == 1:
                foresee_losses(as_of=today - timedelta(days=1), actor=local_operator(), today=today)
        if today.day == 1:
            try_on_the_past.defer(organization_id=str(organization.pk))

    in_each_organization(timestamp, foresee, "payments of %s were not foreseen")


@app.periodic(cron="50 * * * *")
@app.task(name="watch_payment_models", queueing_lock="watch_payment_models", lock="risk_train")
def watch_payment_models(timestamp: int) -> None:
    """On Mondays set what models said beside what came; those who choose models are told when one no longer holds.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """
    from huikuan.risk.payments.operations import watch_model
    from huikuan.risk.payments.queries import model_in_use

    def watch(organization: Organization, now: datetime) -> None:
        if now.hour != AT_HOUR or now.weekday() != 0:
            return
        with tenant(organization.pk):
            if model_in_use() is not None:
                watch_model(actor=local_operator(), today=now.date() - timedelta(days=1))

    in_each_organization(timestamp, watch, "payment models of %s were not judged")


def ask_training(
    organization_id: UUID, user_id: UUID, *, most_debts: int | None = None, after_seconds: int = 0
) -> None:
    """Have the worker train a model and predict. Raises AlreadyEnqueued where this organization's waits already."""
    job = train.configure(
        queueing_lock=f"risk_train:{organization_id}", schedule_in={"seconds": after_seconds}
    )
    with transaction.atomic():  # a refusal by the queue's constraint must not spoil the caller's transaction
        job.defer(organization_id=str(organization_id), user_id=str(user_id), most_debts=most_debts)


@app.task(name="risk.train", lock="risk_train")
def train(*, organization_id: str, user_id: str, most_debts: int | None = None) -> None:
    """Train a model of what was known by yesterday (of at most so many debts), use it, and predict; asked for by a person."""
    from huikuan.risk.payments.learning import MOST_DEBTS
    from huikuan.risk.payments.operations import train_model

    organization = Organization.objects.get(pk=UUID(organization_id))
    today = timezone.localdate(timezone=ZoneInfo(organization.time_zone))
    with tenant(organization.pk):
        train_model(
            until=today - timedelta(days=1),
            actor=_actor(organization, UUID(user_id)),
            today=today,
            use=True,
            most_debts=most_debts or MOST_DEBTS,
        )
    predict(organization_id=organization_id)
    look_back.defer(organization_id=organization_id, user_id=user_id, most_debts=most_debts)


def ask_backtest(organization_id: UUID, user_id: UUID) -> None:
    """Have the worker try models on the past. Raises AlreadyEnqueued where this organization's waits already."""
    job = try_on_the_past.configure(queueing_lock=f"risk_backtest:{organization_id}")
    with transaction.atomic():
        job.defer(organization_id=str(organization_id), user_id=str(user_id))


@app.task(name="risk.backtest", lock="risk_train")
def try_on_the_past(*, organization_id: str, user_id: str | None = None) -> None:
    """Try models on the past up to yesterday; asked for by a person, or after the monthly training."""
    from huikuan.risk.payments.operations import backtest

    organization = Organization.objects.get(pk=UUID(organization_id))
    today = timezone.localdate(timezone=ZoneInfo(organization.time_zone))
    with tenant(organization.pk):
        actor = _actor(organization, UUID(user_id)) if user_id else local_operator()
        backtest(until=today - timedelta(days=1), actor=actor, today=today)


@app.task(name="risk.look_back", lock="risk_train")
def look_back(*, organization_id: str, user_id: str, most_debts: int | None = None) -> None:
    """Foretell the weeks gone by of which nothing was foretold then, so that forecasts can be set beside what came."""
    from huikuan.risk.payments import operations
    from huikuan.risk.payments.learning import MOST_DEBTS

    organization = Organization.objects.get(pk=UUID(organization_id))
    today = timezone.localdate(timezone=ZoneInfo(organization.time_zone))
    with tenant(organization.pk):
        operations.look_back(
            actor=_actor(organization, UUID(user_id)),
            today=today,
            weeks=LOOKED_BACK_WEEKS,
            most_debts=most_debts or MOST_DEBTS,
        )


@app.task(name="risk.predict", lock="risk_train")
def predict(*, organization_id: str) -> None:
    """Say of all open items what the model in use expects."""
    from huikuan.risk.payments.operations import predict_all

    organization = Organization.objects.get(pk=UUID(organization_id))
    today = timezone.localdate(timezone=ZoneInfo(organization.time_zone))
    with tenant(organization.pk):
        predict_all(actor=local_operator(), today=today)


def ask_losses(organization_id: UUID, user_id: UUID | None, *, as_of: date) -> None:
    """Have the worker say what is lost of the debts of a day. Raises AlreadyEnqueued where that waits already."""
    job = losses.configure(queueing_lock=f"risk_losses:{organization_id}:{as_of}")
    with transaction.atomic():
        job.defer(organization_id=str(organization_id), user_id=str(user_id), as_of=as_of.isoformat())


@app.task(name="risk.losses", lock="risk_losses")
def losses(*, organization_id: str, user_id: str, as_of: str) -> None:
    """Say what of the debts of a day the model takes for lost; asked for by a person."""
    from huikuan.risk.foreseeing.operations import foresee_losses

    organization = Organization.objects.get(pk=UUID(organization_id))
    today = timezone.localdate(timezone=ZoneInfo(organization.time_zone))
    with tenant(organization.pk):
        foresee_losses(
            as_of=date.fromisoformat(as_of), actor=_actor(organization, UUID(user_id)), today=today
        )


def _actor(organization: Organization, user_id: UUID) -> Actor:
    actor = actor_of(User.objects.get(pk=user_id))
    if actor is None:
        raise PermissionError(f"user {user_id} has left organization {organization.code}")
    return actor
