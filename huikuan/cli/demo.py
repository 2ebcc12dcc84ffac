"""huikuan demo: the demo company, built once and then served."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from multiprocessing import get_context
from typing import Annotated

import django
import typer
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.table import Table

from huikuan.cli.runtime import Format, FormatOption, emit, messages, ready
from huikuan.cli.serve import DEFAULT_HOST, DEFAULT_PORT, PortOption, free_port, run_server
from huikuan.core.money import amount_text
from huikuan.core.postgres.catalogue import autovacuum_paused
from huikuan.demo.foreseeing import learn_to_foresee
from huikuan.demo.operations import build_demo
from huikuan.demo.plan import Plan, plan_company
from huikuan.demo.queries import (
    DemoSummary,
    SignIn,
    demo_organization,
    demo_sign_ins,
    demo_summary,
)
from huikuan.organizations.models import Organization
from huikuan.organizations.operations import OrganizationRefused


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("demo")(demo)


def demo(
    port: PortOption = DEFAULT_PORT,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="建好后启动网页服务")] = True,
    format: FormatOption = Format.TABLE,
) -> None:
    """打开演示公司：一家宁波的机械制造商，三年的应收账款；第一次会先建立它。"""
    if serve:
        port = free_port(DEFAULT_HOST, port)
    today = timezone.localdate()
    # In a process of its own the business is thought out while the database is made; there it is built, too: the threads
    # that typesetting and training start would be missing in the web workers, which are forked from here.
    with get_context("spawn").Pool(1, initializer=django.setup) as aside:
        planned = aside.apply_async(plan_company, kwds={"today": today})
        with messages.status(_("准备数据库…")):
            ready()
        organization = demo_organization()
        built = organization is None
        if organization is None:
            aside.apply(_build, (planned.get(), today))
            organization = demo_organization()
            assert organization is not None
    summary = demo_summary(organization, today=today)
    sign_ins = demo_sign_ins(organization)
    if format == Format.JSON:
        emit(_as_data(organization, built, summary, sign_ins))
    else:
        _show(organization, summary, sign_ins)
    if serve:
        run_server(host=DEFAULT_HOST, port=port, jobs=True)


def _build(plan: Plan, today: date) -> None:
    ready()
    with messages.status(_("建立演示公司…")) as status:
        try:
            with autovacuum_paused():  # the build is one transaction
                organization = build_demo(today=today, plan=plan, announce=status.update)
            learn_to_foresee(organization)
        except OrganizationRefused as error:
            if error.code != "organization_exists" or demo_organization() is None:
                raise  # else another process was quicker


def _as_data(
    organization: Organization, built: bool, summary: DemoSummary, sign_ins: list[SignIn]
) -> dict[str, object]:
    currency = organization.currency
    return {
        "organization": organization.code,
        "name": organization.name,
        "built": built,
        "customers": summary.customers,
        "invoices": summary.invoices,
        "receivable": amount_text(summary.receivable, currency),
        "overdue": amount_text(summary.overdue, currency),
        "unallocated": amount_text(summary.unallocated, currency),
        "dso_days": summary.dso_days,
        "users": [asdict(sign_in) for sign_in in sign_ins],
    }


def _show(organization: Organization, summary: DemoSummary, sign_ins: list[SignIn]) -> None:
    messages.print(
        _("%(name)s（%(code)s）：%(customers)d 个客户，%(invoices)d 张应收单，应收 %(receivable)s 万元，"
          "逾期 %(overdue)d%%，DSO %(dso)d 天")
        % {
            "name": organization.name,
            "code": organization.code,
            "customers": summary.customers,
            "invoices": summary.invoices,
            "receivable": f"{summary.receivable / 10_000:,.0f}",
            "overdue": summary.overdue_percent,
            "dso": summary.dso_days,
        },
        highlight=False,
        soft_wrap=True,
    )  # fmt: skip
    table = Table(box=None, pad_edge=False)
    for title in (_("姓名"), _("角色"), _("登录邮箱"), _("密码")):
        table.add_column(title, no_wrap=True)
    for sign_in in sign_ins:
        table.add_row(sign_in.name, sign_in.role, sign_in.login, sign_in.password)
    messages.print(table)
