"""The column that says whose a row is."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from huikuan.web.lists.declaration import Column, Extra


def customer_column() -> Column[Any]:
    """The customer of rows that have one: name and code, heading the row; a file has the code apart.

    The list's source knows the order "customer".
    """
    return Column(
        "customer",
        _("客户"),
        lambda work, row: {"value": row.customer.name, "note": row.customer.code},
        kind="name",
        sort="customer",
        lead=True,
        extras=(Extra(_("客户编码"), lambda row: row.customer.code),),
    )
