"""Asking the payment model what of the debts of a day is lost: the second method beside the matrix."""

from __future__ import annotations

from datetime import date

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.core.postgres.bulk import stage
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.actors import Actor
from huikuan.risk.models import ItemLossForecast
from huikuan.risk.operations import RiskRefused
from huikuan.risk.payments.asking import predict_open
from huikuan.risk.payments.queries import model_known_by


def foresee_losses(*, as_of: date, actor: Actor, today: date) -> int:
    """Keep, of each item open at the end of a day, how likely it is not paid within a year of its due day; how many.

    By the model that knows most of what was known by then. In place of what was kept of that day before. Raises
    RiskRefused without such a model, and for a day to come.
    """
    actor.require("provision.write")
    if as_of > today:
        raise RiskRefused(_("%s 还没有到。") % as_of, code="in_future")
    model = model_known_by(as_of)
    if model is None:
        raise RiskRefused(
            _("还没有用 %s 之前的历史训练的付款模型，请先训练一个。") % as_of, code="no_payment_model"
        )
    found = predict_open(model, as_of, with_reasons=False)
    with act("foresee_losses", actor=actor) as opened:
        stage(
            "risk_lost",
            (("item_id", "uuid"), ("p_lost", "float8")),
            ((key, float(share)) for key, share in zip(found.item_ids, found.lost, strict=True)),
        )
        ItemLossForecast.objects.filter(as_of=as_of).delete()
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO risk_item_loss_forecast (id, organization_id, model_id, as_of, item_id, p_lost)
                SELECT uuidv7(), %(organization)s, %(model)s, %(as_of)s, item_id, p_lost FROM risk_lost
                """,
                {"organization": current_organization_id(), "model": model.pk, "as_of": as_of},
            )
        record_event(
            action="recorded",
            record_kind="loss_forecast",
            record_id=opened.id,
            number=as_of.isoformat(),
            content={"model": model.number, "items": len(found)},
        )
    return len(found)
