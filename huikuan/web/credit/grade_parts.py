"""Grades as other pages show them."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from huikuan.credit.assessment_queries import current_assessments
from huikuan.web.credit.parts import Row
from huikuan.web.pages import Work

GOOD, FAIR = Decimal(70), Decimal(50)


def grade_tone(points: Decimal | None) -> str:
    """How points look: good, fair or bad."""
    if points is None:
        return "plain"
    return "good" if points >= GOOD else "warn" if points >= FAIR else "bad"


def days_words(days: int) -> str:
    """A number of days."""
    return ngettext("%d 天", "%d 天", days) % days


def grade_box(work: Work, key: UUID) -> Row:
    """The grade in force of a customer, as credit/grade_box.html draws it."""
    url = reverse("customer-grade", args=[work.organization.code, key])
    found = current_assessments([key], as_of=work.today).get(key)
    if found is None:
        return {"url": url, "grade": ""}
    return {
        "url": url,
        "grade": found.grade,
        "tone": "bad" if found.vetoed else grade_tone(found.points),
        "points": found.points,
        "overridden": found.overridden,
        "computed": found.computed_grade,
        "limit": found.limit,
        "term": days_words(found.term_days) if found.term_days else _("不赊销"),
        "review_on": found.review_on,
        "due": found.review_on <= work.today,
    }
