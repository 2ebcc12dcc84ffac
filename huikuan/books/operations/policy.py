"""Choosing how vouchers are kept."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.books.models import BooksPolicy
from huikuan.books.operations.making import GROUP_KEYS
from huikuan.books.operations.refusals import VoucherRefused
from huikuan.books.rules.words import ONE_WORD, WORD
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.actors import Actor


def change_policy(*, words: Mapping[str, str], separate_duties: bool, grouping: str, actor: Actor) -> None:
    """Choose the 凭证字, whether one person may both prepare and review, and the usual grouping.

    Vouchers that exist keep their words.
    """
    actor.require("organization.write")
    chosen = {name: words.get(name, "").strip() or usual for name, usual in ONE_WORD.items()}
    for word in chosen.values():
        if not WORD.fullmatch(word):
            raise VoucherRefused(_("凭证字是一到四个汉字或字母：%s") % word, code="word_form")
    if grouping not in GROUP_KEYS:
        raise VoucherRefused(_("凭证可以逐笔、按日或按业务汇总编制。"), code="unknown_grouping")
    with act("change_books_policy", actor=actor):
        BooksPolicy.objects.bulk_create(
            [BooksPolicy(organization_id=current_organization_id())], ignore_conflicts=True
        )
        row = BooksPolicy.objects.select_for_update(no_key=True).get()
        before = {
            "words": row.words,
            "separate_duties": row.separate_duties,
            "grouping": row.grouping,
        }
        row.words, row.separate_duties, row.grouping = chosen, separate_duties, grouping
        row.save(update_fields=["words", "separate_duties", "grouping"])
        record_event(
            action="changed",
            record_kind="books_policy",
            record_id=row.pk,
            content={
                "words": chosen,
                "separate_duties": separate_duties,
                "grouping": grouping,
                "before": before,
            },
        )
