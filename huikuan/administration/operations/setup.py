"""The first administrator of an installation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.utils.translation import gettext as _

from huikuan.collection.operations import complete_policies
from huikuan.core.encryption import normalise_phone
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.credit.operations import complete_cards
from huikuan.ledger.operations import open_books
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization, User
from huikuan.organizations.operations import (
    add_member,
    create_organization,
    create_roles,
    password_weaknesses,
)

FOUNDER_ROLES = ("administrator", "finance_manager")
_LOCK = 7_310_001  # pg_advisory_xact_lock: two first runs at once


class SetupRefused(HuikuanError):
    """The installation is set up already, or cannot be as asked; `field` names what is wrong."""

    code = "setup_refused"

    def __init__(self, message: str, *, field: str = "", code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.field = field


@dataclass(frozen=True)
class Founder:
    """The first person of an installation."""

    name: str
    login: str
    password: str


def set_up(
    *, founder: Founder, actor: Actor, code: str = "", name: str = "", currency: str = "CNY"
) -> tuple[Organization, User]:
    """Create the first organization and its administrator, who may also do everything in its books.

    Where organizations were made by the command, the person administers those instead. Only while nobody is
    known: raises SetupRefused afterwards.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if User.objects.exists():
            raise SetupRefused(_("这套系统已经有用户了，请直接登录。"), code="set_up_already")
        user = _founder(founder)
        organizations: Sequence[Organization] = list(Organization.objects.all())
        if not organizations:
            organization = create_organization(code=code, name=name, currency=currency)
            with tenant(organization.pk):
                create_roles()
                open_books(actor=actor)
                complete_cards(actor=actor)
                complete_policies(actor=actor, in_force=True)
            organizations = [organization]
        for organization in organizations:
            with tenant(organization.pk):
                add_member(user=user, role_codes=FOUNDER_ROLES)
    return organizations[0], user


def _founder(founder: Founder) -> User:
    if not founder.name.strip():
        raise SetupRefused(_("请填写姓名。"), field="person")
    email, phone = (founder.login.strip(), "") if "@" in founder.login else ("", founder.login.strip())
    try:
        if email:
            validate_email(email)
    except ValidationError as error:
        raise SetupRefused(_("请填写正确的邮箱或手机号。"), field="login") from error
    if not email and not normalise_phone(phone):
        raise SetupRefused(_("请填写正确的邮箱或手机号。"), field="login")
    _require_strong(founder.password)
    return User.objects.create_user(
        name=founder.name.strip()[:100], password=founder.password, email=email, phone=phone
    )


def _require_strong(password: str) -> None:
    weaknesses = password_weaknesses(password)
    if weaknesses:
        raise SetupRefused(" ".join(weaknesses), field="password")
