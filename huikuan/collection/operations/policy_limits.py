"""What a policy may say: hours and days in range, steps that can be made."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from huikuan.collection.errors import CollectionRefused
from huikuan.collection.stepping import (
    LIMITATION_SPAN,
    MESSAGES,
    Content,
    Means,
    Step,
    Trigger,
    covers_ceiling,
)
from huikuan.core.money import AMOUNT_LIMIT

MOST_STEPS = 40
MOST_REPEATS = 60
SPAN = 1000


def require_content(content: Content) -> None:
    """Raise CollectionRefused, naming what is wrong, unless a version may say this."""
    if not covers_ceiling(content.quiet_from, content.quiet_to):
        raise CollectionRefused(_("免打扰时间至少要包括 22:00 到次日 08:00。"), code="quiet_hours_too_short")
    if not content.weekdays or set(content.weekdays) - set("1234567"):
        raise CollectionRefused(_("请选择一周里哪几天催收。"), code="weekdays_missing")
    if not 1 <= content.window <= 30 or not 0 <= content.priority <= 9999:
        raise CollectionRefused(
            _("补做天数应在 1 到 30 之间，优先级应在 0 到 9999 之间。"), code="out_of_range"
        )
    _require_amount(content.minimum)
    if len(content.note) > 500 or len(content.steps) > MOST_STEPS:
        raise CollectionRefused(_("一个策略最多 %d 个步骤。") % MOST_STEPS, code="too_many_steps")
    times = [(step.trigger, step.days) for step in content.steps]
    if len(set(times)) < len(times):
        raise CollectionRefused(_("同一个时间只能有一个步骤。"), code="two_steps_at_once")
    for step in content.steps:
        _require_step(step)


def _require_step(step: Step) -> None:
    name = step.name.strip()
    if not name or len(name) > 60:
        raise CollectionRefused(_("请填写步骤的名称，最多 60 个字。"), code="step_name_missing")
    if not step.channels:
        raise CollectionRefused(_("步骤“%s”什么也不做，请选择方式。") % name, code="channels_missing")
    if not step.template and set(step.channels) & {*MESSAGES, Means.LETTER}:
        raise CollectionRefused(_("步骤“%s”要发出文字，请选择模板。") % name, code="template_missing")
    if not _days_fit(step):
        raise CollectionRefused(_("步骤“%s”的天数不合适。") % name, code="days_out_of_range")
    if step.repeats and not step.repeat_days:
        raise CollectionRefused(_("步骤“%s”要重复，请填写间隔天数。") % name, code="repeat_days_missing")
    if not 0 <= step.repeats <= MOST_REPEATS or not 0 <= step.repeat_days <= SPAN:
        raise CollectionRefused(
            _("步骤“%(name)s”最多重复 %(count)d 次。") % {"name": name, "count": MOST_REPEATS},
            code="too_many_repeats",
        )
    if len(step.script) > 1000:
        raise CollectionRefused(
            _("%(label)s最多 %(count)d 个字。") % {"label": _("话术"), "count": 1000}, code="text_too_long"
        )
    _require_amount(step.minimum)
    _require_amount(step.fee)


def _days_fit(step: Step) -> bool:
    if step.trigger == Trigger.DUE:
        return -SPAN <= step.days <= SPAN
    if step.trigger == Trigger.LIMITATION:
        return -LIMITATION_SPAN <= step.days <= 0
    return 0 <= step.days <= SPAN


def _require_amount(amount: Decimal) -> None:
    if not amount.is_finite() or not 0 <= amount < AMOUNT_LIMIT:
        raise CollectionRefused(_("金额不能是负数，最多两位小数。"), code="amount_out_of_range")
