"""Composite primary and foreign keys for tenant tables; models keep ordinary single-column keys."""

from __future__ import annotations

from typing import Any

from django.db.backends.ddl_references import Columns, ForeignKeyName, Statement, Table
from django.db.backends.postgresql.schema import DatabaseSchemaEditor as PostgresSchemaEditor
from django.db.models import CompositePrimaryKey, Field, Model

from huikuan.core.postgres.fields import OrganizationField, TenantForeignKey, is_tenant


class DatabaseSchemaEditor(PostgresSchemaEditor):
    # A composite key cannot be written beside one column.
    sql_create_inline_fk = None
    sql_create_column_inline_fk = None  # type: ignore[assignment]

    def column_sql(self, model: type[Model], field: Field[Any, Any], include_default: bool = False) -> Any:
        definition, params = super().column_sql(model, field, include_default)
        if definition and field.primary_key and is_tenant(model):
            definition = definition.replace(" PRIMARY KEY", "")
        return definition, params

    def table_sql(self, model: type[Model]) -> Any:
        sql, params = super().table_sql(model)
        key = model._meta.pk
        if is_tenant(model) and not isinstance(key, CompositePrimaryKey):
            assert key is not None and key.column and sql.endswith(")")
            columns = f"{self.quote_name('organization_id')}, {self.quote_name(key.column)}"
            sql = f"{sql[:-1]}, PRIMARY KEY ({columns}))"
        self.deferred_sql = [statement for statement in self.deferred_sql if statement is not None]
        return sql, params

    def _create_fk_sql(self, model: type[Model], field: Any, suffix: str) -> Statement | None:
        target = field.remote_field.model
        if isinstance(field, OrganizationField) and _has_required_parent(model):
            return None  # the parent row's key already proves the organization
        if not (is_tenant(model) and is_tenant(target)):
            return super()._create_fk_sql(model, field, suffix)  # type: ignore[misc,no-any-return]
        table, to_table = model._meta.db_table, target._meta.db_table
        columns = ["organization_id", field.column]
        to_columns = ["organization_id", field.target_field.column]
        return Statement(
            self.sql_create_fk,
            table=Table(table, self.quote_name),
            name=ForeignKeyName(table, columns, to_table, to_columns, suffix, self._fk_name),
            column=Columns(table, columns, self.quote_name),
            to_table=Table(to_table, self.quote_name),
            to_column=Columns(to_table, to_columns, self.quote_name),
            deferrable="",
        )

    def _fk_name(self, table: str, columns: list[str], suffix: str) -> str:
        return self.quote_name(self._create_index_name(table, columns, suffix))  # type: ignore[attr-defined]


def _has_required_parent(model: type[Model]) -> bool:
    return any(
        isinstance(field, TenantForeignKey)
        and not field.null
        and field.db_constraint  # type: ignore[attr-defined]
        and field.remote_field.model is not model
        for field in model._meta.local_fields
    )
