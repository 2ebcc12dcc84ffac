"""Choosing what document numbers begin with."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import Document, Kind, NumberCounter
from huikuan.ledger.operations.numbers import NUMBER_PREFIX
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization


class NumberingRefused(HuikuanError):
    """The prefixes cannot be used; `kind` names the kind of document where one is wrong."""

    code = "numbering_refused"

    def __init__(self, message: str, *, kind: str, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.kind = kind


def change_prefixes(*, prefixes: Mapping[str, str], actor: Actor) -> None:
    """Let new numbers of each kind begin with two capital letters of its own.

    Numbers already given keep theirs. A prefix belongs to one kind for ever, so that a number says what it is.
    """
    actor.require("organization.write")
    with act("change_numbering", actor=actor):
        organization = Organization.objects.select_for_update(no_key=True).get(pk=current_organization_id())
        before = prefixes_of(organization)
        after = before | {Kind(kind).value: prefix.strip().upper() for kind, prefix in prefixes.items()}
        for kind, prefix in after.items():
            _require_free(kind, prefix, after, before)
        changed = {kind: prefix for kind, prefix in before.items() if after[kind] != prefix}
        if not changed:
            return
        organization.number_prefixes = {
            kind: prefix for kind, prefix in after.items() if prefix != NUMBER_PREFIX[Kind(kind)]
        }
        organization.save(update_fields=["number_prefixes"])
        record_event(
            action="changed",
            record_kind="numbering",
            record_id=organization.pk,
            content={**{kind: after[kind] for kind in changed}, "before": changed},
        )


def prefixes_of(organization: Organization) -> dict[str, str]:
    """Kind of document → what its new numbers begin with."""
    return {
        kind.value: organization.number_prefixes.get(kind.value) or usual
        for kind, usual in NUMBER_PREFIX.items()
    }


def _require_free(kind: str, prefix: str, after: Mapping[str, str], before: Mapping[str, str]) -> None:
    if not re.fullmatch(r"[A-Z]{2}", prefix):
        raise NumberingRefused(_("前缀必须是两个大写字母：%s") % prefix, kind=kind, code="prefix_form")
    if any(other != kind and taken == prefix for other, taken in after.items()):
        raise NumberingRefused(_("前缀 %s 用了两次；每种单据要有自己的前缀。") % prefix, kind=kind)
    if prefix == before[kind]:
        return
    usual = next((owner.value for owner, letters in NUMBER_PREFIX.items() if letters == prefix), kind)
    used = NumberCounter.objects.filter(prefix=prefix).exists() and (
        Document.objects.filter(number__startswith=prefix).exclude(kind=kind).exists()
    )
    if usual != kind or used:
        raise NumberingRefused(_("前缀 %s 属于另一种单据，不能再给别的单据用。") % prefix, kind=kind)
