"""Scorecards: drafted, put in force, retired. What was in force is never changed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act, record_event
from huikuan.core.lengths import lengths_of, too_long
from huikuan.credit.card_data import card_from
from huikuan.credit.card_words import refusal_of
from huikuan.credit.errors import CreditRefused
from huikuan.credit.scorecards import Scorecard, ScorecardVersion, VersionState
from huikuan.credit.scoring import UnusableCard
from huikuan.credit.shipped_card import SHIPPED_CODE, SHIPPED_DEFINITION, SHIPPED_NAME
from huikuan.organizations.actors import Actor

RECORD_KIND = "credit_scorecard"
BEGINNING = date(2000, 1, 1)
"""The first day of the shipped card, so that it also counts for days before an organization began."""

LENGTHS = {**lengths_of(Scorecard, "code", "name", "segment"), **lengths_of(ScorecardVersion, "note")}


def complete_cards(*, actor: Actor) -> bool:
    """Give the current organization the shipped card where it has none; whether it had none."""
    if Scorecard.objects.exists():
        return False
    with act("create_scorecard", actor=actor) as opened:
        card = Scorecard.objects.create(
            organization_id=opened.organization_id, code=SHIPPED_CODE, name=SHIPPED_NAME
        )
        version = _new_version(card, SHIPPED_DEFINITION, "", opened)
        version.state, version.starts_on = VersionState.ACTIVE, BEGINNING
        _save(version)
        _record("created", version, card)
    return True


def create_card(
    *, code: str, name: str, segment: str = "", definition: Mapping[str, Any] | None = None, actor: Actor
) -> ScorecardVersion:
    """A new card with its first draft, by default after the shipped one.

    Raises CreditRefused for a code that is taken or unreadable, texts that are too long, a card that cannot score.
    """
    actor.require("scorecard.write")
    values = {"code": code.strip(), "name": name.strip(), "segment": segment.strip()}
    if not re.fullmatch(r"[A-Za-z0-9_-]+", values["code"]):
        raise CreditRefused(_("评分卡编码只用字母、数字、- 和 _。"), code="scorecard_code")
    if not values["name"]:
        raise CreditRefused(_("请填写评分卡名称。"), code="scorecard_name")
    titles = {"code": _("代码"), "name": _("名称"), "segment": _("客户分类")}
    for field, text in values.items():
        if len(text) > LENGTHS[field]:
            raise CreditRefused(too_long(_("评分卡"), titles[field], LENGTHS[field]), code="text_too_long")
    wanted = dict(definition) if definition is not None else SHIPPED_DEFINITION
    require_definition(wanted)
    with act("create_scorecard", actor=actor) as opened:
        if Scorecard.objects.filter(code=values["code"]).exists():
            raise CreditRefused(_("编码 %s 已有评分卡。") % values["code"], code="scorecard_code_taken")
        card = Scorecard.objects.create(organization_id=opened.organization_id, **values)
        version = _new_version(card, wanted, "", opened)
        _save(version)
        _record("created", version, card)
    return version


def save_draft(
    card_id: UUID, definition: Mapping[str, Any], *, note: str = "", actor: Actor
) -> ScorecardVersion:
    """The draft of a card from now on; where it has none, one is begun beside the version in force.

    Raises CreditRefused where the definition cannot score: the first thing that is wrong, by name and place.
    """
    actor.require("scorecard.write")
    require_definition(definition)
    if len(note) > LENGTHS["note"]:
        raise CreditRefused(too_long(_("评分卡"), _("说明"), LENGTHS["note"]), code="text_too_long")
    with act("change_scorecard", actor=actor) as opened:
        card = _locked(card_id)
        version = ScorecardVersion.objects.filter(scorecard=card, state=VersionState.DRAFT).first()
        if version is None:
            version = _new_version(card, definition, note.strip(), opened)
        version.definition, version.note, version.act_id = dict(definition), note.strip(), opened.id
        _save(version)
        _record("changed", version, card)
    return version


def activate_version(version_id: UUID, *, starts_on: date, actor: Actor, today: date) -> ScorecardVersion:
    """启用: a draft counts from a day on, today at the earliest; the card's version before it ends the day before.

    Raises CreditRefused where another card is active for the same segment: two never count at once.
    """
    actor.require("scorecard.write")
    if starts_on < today:
        raise CreditRefused(_("启用日期不能早于今天：过去的评级不会改变。"), code="starts_in_the_past")
    with act("activate_scorecard", actor=actor) as opened:
        version, card = _version(version_id)
        if version.state != VersionState.DRAFT:
            raise CreditRefused(_("只有草稿可以启用。"), code="not_a_draft")
        require_definition(version.definition)
        former = ScorecardVersion.objects.filter(scorecard=card, state=VersionState.ACTIVE).first()
        if former is not None:
            assert former.starts_on is not None
            if former.starts_on > starts_on:
                raise CreditRefused(
                    _("这张评分卡从 %s 起已有另一个版本，新版本不能更早。") % former.starts_on.isoformat(),
                    code="starts_too_early",
                )
            _retire(former, max(starts_on - timedelta(days=1), former.starts_on), opened)
        version.state, version.starts_on, version.act_id = VersionState.ACTIVE, starts_on, opened.id
        try:
            with transaction.atomic():
                _save(version)
        except IntegrityError as error:
            if "one_card_active_per_segment" in str(error):
                raise two_cards(version.segment) from error
            raise
        _record("activated", version, card)
    return version


def retire_card(card_id: UUID, *, actor: Actor, today: date) -> ScorecardVersion:
    """停用: the card counts until today; its customers are judged by the card for all from tomorrow on.

    The card for all stays: somebody must be judged by something.
    """
    actor.require("scorecard.write")
    with act("retire_scorecard", actor=actor) as opened:
        card = _locked(card_id)
        version = ScorecardVersion.objects.filter(scorecard=card, state=VersionState.ACTIVE).first()
        if version is None:
            raise CreditRefused(_("这张评分卡没有启用的版本。"), code="not_active")
        if not card.segment:
            raise CreditRefused(_("通用的评分卡不能停用，只能换成新版本。"), code="last_card")
        assert version.starts_on is not None
        _retire(version, max(today, version.starts_on), opened)
        _record("retired", version, card)
    return version


def two_cards(segment: str) -> CreditRefused:
    """The sentence about a segment for which a card is active already."""
    if segment:
        text = _("客户分类“%s”已经有一张启用的评分卡，请先停用它。") % segment
    else:
        text = _("已经有一张对所有客户启用的评分卡，请在那张卡上建新版本。")
    return CreditRefused(text, code="two_cards_active")


def require_definition(definition: Mapping[str, Any]) -> None:
    """Raise CreditRefused, naming what is wrong, unless a card can score by the definition."""
    try:
        card_from(definition)
    except UnusableCard as error:
        raise refusal_of(error) from error


def _locked(card_id: UUID) -> Scorecard:
    card = Scorecard.objects.filter(pk=card_id).select_for_update(no_key=True).first()
    if card is None:
        raise CreditRefused(_("没有这张评分卡。"), code="unknown_scorecard")
    return card


def _version(version_id: UUID) -> tuple[ScorecardVersion, Scorecard]:
    found = ScorecardVersion.objects.filter(pk=version_id).values_list("scorecard_id", flat=True).first()
    if found is None:
        raise CreditRefused(_("没有这个版本。"), code="unknown_version")
    card = _locked(found)
    return ScorecardVersion.objects.get(pk=version_id), card


def _new_version(
    card: Scorecard, definition: Mapping[str, Any], note: str, opened: OpenAct
) -> ScorecardVersion:
    last = ScorecardVersion.objects.filter(scorecard=card).aggregate(last=Max("number"))["last"] or 0
    return ScorecardVersion(
        organization_id=opened.organization_id,
        scorecard=card,
        act_id=opened.id,
        number=last + 1,
        segment=card.segment,
        definition=dict(definition),
        note=note,
    )


def _save(version: ScorecardVersion) -> None:
    """Write a version; of one that is there only what may change."""
    if version._state.adding:
        version.save(force_insert=True)
    else:
        version.save(update_fields=["act", "state", "definition", "note", "starts_on", "ends_on"])


def _retire(version: ScorecardVersion, ends_on: date, opened: OpenAct) -> None:
    version.state, version.ends_on, version.act_id = VersionState.RETIRED, ends_on, opened.id
    _save(version)


def _record(action: str, version: ScorecardVersion, card: Scorecard) -> None:
    record_event(
        action=action,
        record_kind=RECORD_KIND,
        record_id=card.pk,
        number=f"{card.code} v{version.number}"[:64],
        content={
            "name": card.name,
            "segment": card.segment,
            "version": version.number,
            "state": str(version.state),
            "from": version.starts_on.isoformat() if version.starts_on else None,
            "until": version.ends_on.isoformat() if version.ends_on else None,
            "digest": hashlib.sha256(json.dumps(version.definition, sort_keys=True).encode()).hexdigest(),
        },
    )
