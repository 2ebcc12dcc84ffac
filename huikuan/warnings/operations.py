"""The only writers of warnings: finding, acting on and closing them, and deciding what is warned of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from huikuan.approvals.queries import transaction_time
from huikuan.audit.models import Event
from huikuan.audit.operations import OpenAct, act, record_event
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.models import Customer
from huikuan.notices.operations import send_notices
from huikuan.notices.wording import WARNING_FOUND, WARNINGS_FOUND
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Membership, Organization
from huikuan.organizations.queries import actor_of
from huikuan.warnings.detection import find
from huikuan.warnings.models import EarlyWarning, State, WarningSetting
from huikuan.warnings.queries import last_warnings, owners_of, settings_in_force, warnings_seen
from huikuan.warnings.rules import Finding, Kind, Outcome, Setting, is_news, out_of_range
from huikuan.warnings.wording import KINDS, threshold_word

RECORD_KIND = "early_warning"
TOLD_ONE_BY_ONE = 3
LONGEST = 1000


class WarningRefused(HuikuanError):
    """The act on a warning is not possible; nothing was changed."""

    code = "warning_refused"


def find_warnings(*, actor: Actor, day: date) -> list[EarlyWarning]:
    """Look at every customer as of a day and warn of what is news; returns the new warnings. Their owners are told."""
    actor.require("credit.read")
    return _warn(find(settings_in_force(), day=day), actor=actor, day=day)


def warn(findings: Sequence[Finding], *, actor: Actor, day: date) -> list[EarlyWarning]:
    """Warn of what another package knows: a broken promise, a change in the register. What is no news is left out."""
    active = {each.kind for each in settings_in_force() if each.active}
    return _warn([each for each in findings if each.kind in active], actor=actor, day=day)


def _warn(findings: Sequence[Finding], *, actor: Actor, day: date) -> list[EarlyWarning]:
    with act("find_warnings", actor=actor) as opened:
        _one_at_a_time()
        settings = {each.kind: each for each in settings_in_force()}
        last = last_warnings({each.kind.value for each in findings})
        news: dict[tuple[UUID, Kind], Finding] = {}
        for each in findings:
            key = (each.customer_id, each.kind)
            quiet = settings[each.kind].values["quiet"]
            if key not in news and is_news(each, last.get((key[0], key[1].value)), day=day, quiet=quiet):
                news[key] = each
        owners = owners_of({(customer, settings[kind].owner) for customer, kind in news})
        made = [
            EarlyWarning(
                organization_id=opened.organization_id,
                act_id=opened.id,
                kind=each.kind.value,
                customer_id=each.customer_id,
                found_on=day,
                figures=dict(each.figures),
                rows=[row.as_data() for row in each.rows],
                owner_id=owner[0],
                owner_name=owner[1],
            )
            for each in news.values()
            for owner in [owners.get((each.customer_id, settings[each.kind].owner), (None, ""))]
        ]
        EarlyWarning.objects.bulk_create(made)
        _events("found", made, None, opened)
        _tell(made)
    return made


def _one_at_a_time() -> None:
    """Two who look at the same time would find the same: the second waits and finds it known."""
    Organization.objects.select_for_update(no_key=True).get(pk=current_organization_id())


def _tell(made: Sequence[EarlyWarning]) -> None:
    """Tell owners: of a few one by one, of many in one notice."""
    if not made:
        return
    of: dict[UUID, list[EarlyWarning]] = defaultdict(list)
    for each in made:
        if each.owner_id is not None:
            of[each.owner_id].append(each)
    names = dict(
        Customer.objects.filter(pk__in={each.customer_id for each in made}).values_list("pk", "name")
    )
    code = Organization.objects.values_list("code", flat=True).get(pk=current_organization_id())
    now = transaction_time()
    for owner, rows in of.items():
        if len(rows) > TOLD_ONE_BY_ONE:
            path = f"{reverse('credit-warnings', args=[code])}?whose=mine"
            parameters = {"count": len(rows)}
            send_notices([owner], kind=WARNINGS_FOUND, parameters=parameters, path=path, now=now)
            continue
        for each in rows:
            told = {"customer": names.get(each.customer_id, ""), "what": _message_id(each.kind)}
            path = reverse("credit-warning", args=[code, each.pk])
            send_notices([owner], kind=WARNING_FOUND, parameters=told, path=path, now=now)


def _message_id(kind: str) -> str:
    """What a kind is called, as message id: the notice is translated when it is read."""
    with translation.override("zh-hans"):
        return str(KINDS.get(kind, kind))


def note_action(key: UUID, *, done: str, actor: Actor, today: date) -> EarlyWarning:
    """Say what was done about a warning; it stays open."""
    text = _said(done, _("请写明做了什么。"))
    with act("act_on_warning", actor=actor) as opened:
        found = _open(key, actor)
        found.done, found.done_by, found.done_on = text, actor.name, today
        found.save(update_fields=["done", "done_by", "done_on"])
        _events("acted", [found], {"done": text}, opened)
    return found


def hand_over(key: UUID, *, owner_id: UUID, actor: Actor) -> EarlyWarning:
    """转交: somebody else looks into it from now on, who may see it; they are told."""
    with act("hand_over_warning", actor=actor) as opened:
        found = _open(key, actor)
        person = next((each for each in possible_owners(found) if each[0] == owner_id), None)
        if person is None:
            raise WarningRefused(
                _("这位同事看不到这个客户的信用，不能负责这条预警。"), code="owner_may_not_see"
            )
        found.owner_id, found.owner_name = person
        found.save(update_fields=["owner", "owner_name"])
        _events("handed_over", [found], {"owner": found.owner_name}, opened)
        if owner_id != actor.membership_id:
            _tell([found])
    return found


def close_warning(key: UUID, *, outcome: str, reason: str, actor: Actor, today: date) -> EarlyWarning:
    """关闭: what became of it, and why; the same does not warn again for the quiet days of its kind."""
    return close_warnings([key], outcome=outcome, reason=reason, actor=actor, today=today)[0]


def close_warnings(
    keys: Sequence[UUID], *, outcome: str, reason: str, actor: Actor, today: date
) -> list[EarlyWarning]:
    """Close many for one reason in one act, all or none."""
    text = _said(reason, _("请写明原因。"))
    if outcome not in {each.value for each in Outcome}:
        raise WarningRefused(_("请选择结果。"), code="outcome_unknown")
    with act("close_warning", actor=actor, reason=text) as opened:
        rows = _all_open(keys, actor)
        for found in rows:
            found.state, found.outcome, found.closed_for = State.CLOSED, outcome, text
            found.closed_by, found.closed_on = actor.name, max(today, found.found_on)
        EarlyWarning.objects.bulk_update(rows, ["state", "outcome", "closed_for", "closed_by", "closed_on"])
        _events("closed", rows, {"outcome": outcome, "reason": text}, opened)
    return rows


def possible_owners(found: EarlyWarning) -> list[tuple[UUID, str]]:
    """The members who may look into a warning: they see credit, and this customer."""
    people = []
    for member in Membership.objects.filter(active=True, user__is_active=True).select_related("user"):
        person = actor_of(member.user)
        if person is None or not (person.may("warning.write") and person.may("credit.read")):
            continue
        if warnings_seen(person).filter(pk=found.pk).exists():
            people.append((member.pk, member.user.name))
    return sorted(people, key=lambda each: each[1])


def save_settings(settings: Sequence[Setting], *, actor: Actor) -> int:
    """Decide what is warned of, from which figures on, and who looks into it; returns how many kinds changed."""
    actor.require("credit.write")
    for each in settings:
        wrong = out_of_range(each.kind, each.values)
        if wrong:
            raise WarningRefused(
                _("「%(kind)s」的「%(threshold)s」超出范围。")
                % {"kind": KINDS[each.kind.value], "threshold": threshold_word(each.kind.value, wrong[0])},
                code="threshold_out_of_range",
            )
    with act("change_warning_settings", actor=actor):
        former = {each.kind: each for each in settings_in_force()}
        changed = [each for each in settings if each != former[each.kind]]
        for each in changed:
            row = WarningSetting.objects.filter(kind=each.kind.value).first() or WarningSetting(
                organization_id=current_organization_id(), kind=each.kind.value
            )
            row.active, row.owner = each.active, each.owner.value
            row.thresholds = {name: f"{value.normalize():f}" for name, value in each.values.items()}
            row.save()
            record_event(
                action="changed",
                record_kind="warning_setting",
                record_id=row.pk,
                number=each.kind.value,
                content={"active": row.active, "owner": row.owner, "thresholds": row.thresholds},
            )
    return len(changed)


def _said(text: str, missing: str) -> str:
    said = text.strip()[:LONGEST]
    if not said:
        raise WarningRefused(missing, code="words_missing")
    return said


def _open(key: UUID, actor: Actor) -> EarlyWarning:
    return _all_open([key], actor)[0]


def _all_open(keys: Sequence[UUID], actor: Actor) -> list[EarlyWarning]:
    """The open warnings, held, if the actor sees them all and may act on warnings."""
    actor.require("warning.write")
    seen = warnings_seen(actor).select_for_update(of=("self",), no_key=True).filter(pk__in=keys)
    found = [each for each in seen.order_by("pk") if each.state == State.OPEN]
    if len(found) < len(set(keys)) or not found:
        raise WarningRefused(_("没有这条预警，或已经关闭。"), code="unknown_warning")
    return found


def _events(
    action: str, rows: Iterable[EarlyWarning], content: Mapping[str, Any] | None, opened: OpenAct
) -> None:
    """Write down what was done to each of the rows; without `content`, their figures."""
    Event.objects.bulk_create(
        Event(
            organization_id=opened.organization_id,
            act_id=opened.id,
            action=action,
            record_kind=RECORD_KIND,
            record_id=each.pk,
            content={
                "kind": each.kind,
                "customer": str(each.customer_id),
                **({"figures": each.figures} if content is None else content),
            },
        )
        for each in rows
    )
