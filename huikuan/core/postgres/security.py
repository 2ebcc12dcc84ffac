"""Row-level security and grants, applied to the whole catalogue after every migration.

Each tenant model says in `row_access` what the web role may do with its rows; nothing is granted that a
model does not say. The statements are idempotent, so applying them again repairs a catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.apps import apps
from django.db import connections
from django.db.models import Model

from huikuan.core.postgres.fields import is_tenant

ORGANIZATION = "(SELECT NULLIF(current_setting('app.organization_id', true), '')::uuid)"
USER = "(SELECT NULLIF(current_setting('app.user_id', true), '')::uuid)"


@dataclass(frozen=True)
class RowAccess:
    """What the web role may do with the rows of a table, besides reading them.

    `update`: the columns that may change (True: all); `delete`: whether rows may go; `insert`: whether any
    may be added.
    """

    update: bool | tuple[str, ...] = True
    delete: bool = True
    insert: bool = True


APPEND_ONLY = RowAccess(update=False, delete=False)
KEPT = RowAccess(delete=False)
READ_ONLY = RowAccess(update=False, delete=False, insert=False)
# Tables that are not Huikuan's own (sessions, sign-in attempts, jobs) and the few global ones.
GLOBAL_ACCESS = RowAccess()


def web_role() -> str:
    """The role that serves requests: whoever the default connection signs in as."""
    return str(connections["default"].settings_dict["USER"])


def secure(alias: str = "admin") -> None:
    """Enable row-level security on every tenant table and grant the web role exactly what models declare."""
    with connections[alias].cursor() as cursor:
        for statement in security_statements():
            cursor.execute(statement)


def security_statements() -> list[str]:
    """The statements of `secure`, in order."""
    statements = [
        f"GRANT USAGE ON SCHEMA public TO {web_role()}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {web_role()}",
    ]
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed or model._meta.proxy:
            if model._meta.app_label == "procrastinate":
                statements += _grants(model, GLOBAL_ACCESS)
            continue
        if is_tenant(model):
            statements += _row_security(model)
            statements += _grants(model, getattr(model, "row_access", APPEND_ONLY))
        else:
            statements += _grants(model, getattr(model, "row_access", GLOBAL_ACCESS))
    return statements


def _row_security(model: type[Model]) -> list[str]:
    table = model._meta.db_table
    visible = f"organization_id = {ORGANIZATION}"
    readable = f"{visible} OR user_id = {USER}" if getattr(model, "visible_to_its_user", False) else visible
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"DROP POLICY IF EXISTS own_rows_read ON {table}",
        f"DROP POLICY IF EXISTS own_rows_write ON {table}",
        f"CREATE POLICY own_rows_read ON {table} FOR SELECT TO {web_role()} USING ({readable})",
        f"CREATE POLICY own_rows_write ON {table} FOR ALL TO {web_role()} USING ({visible}) WITH CHECK ({visible})",
    ]


def _grants(model: type[Model], access: RowAccess) -> list[str]:
    table = model._meta.db_table
    statements = [
        f"REVOKE ALL ON {table} FROM {web_role()}",
        f"GRANT SELECT ON {table} TO {web_role()}",
    ]
    if access.insert:
        statements.append(f"GRANT INSERT ON {table} TO {web_role()}")
    if access.update is True:
        statements.append(f"GRANT UPDATE ON {table} TO {web_role()}")
    elif access.update:
        statements.append(f"GRANT UPDATE ({', '.join(access.update)}) ON {table} TO {web_role()}")
    if access.delete:
        statements.append(f"GRANT DELETE ON {table} TO {web_role()}")
    return statements
