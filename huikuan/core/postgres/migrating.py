"""Applying migrations in seconds: Django's executor, without making all models anew after every small change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.utils import field_is_referenced
from django.db.models import Field


class QuickState(ProjectState):
    """The models as of a migration; the models that stand are kept where a change concerns one only.

    Django renders every model connected with a changed one anew, so that the state before the operation stays what
    it was, and through the organization all are connected. Adding a table, an index or a constraint looks at the
    state after it only; there a new model joins the others as at the first rendering. What removes an index or a
    constraint knows it by itself.

    A field that is new, or altered without a relation at either end, needs its own model anew and no other: the
    others still point to the model before, whose table and key are the same. Whoever works with the models as a
    whole (RunPython) has them all made anew first, as Django does for what it delays itself.
    """

    _only_adds = False
    _alone = False

    def add_model(self, model_state: ModelState) -> None:
        with self._adding():
            super().add_model(model_state)

    def add_index(self, app_label: str, model_name: str, index: Any) -> None:
        with self._adding():
            super().add_index(app_label, model_name, index)

    def add_constraint(self, app_label: str, model_name: str, constraint: Any) -> None:
        with self._adding():
            super().add_constraint(app_label, model_name, constraint)

    def remove_index(self, app_label: str, model_name: str, index_name: str) -> None:
        with self._adding():
            super().remove_index(app_label, model_name, index_name)

    def remove_constraint(self, app_label: str, model_name: str, constraint_name: str) -> None:
        with self._adding():
            super().remove_constraint(app_label, model_name, constraint_name)

    def add_field(
        self, app_label: str, model_name: str, name: str, field: Field[Any, Any], preserve_default: bool
    ) -> None:
        with self._changing_alone():
            super().add_field(app_label, model_name, name, field, preserve_default)

    def alter_field(
        self, app_label: str, model_name: str, name: str, field: Field[Any, Any], preserve_default: bool
    ) -> None:
        key = app_label, model_name
        before = self.models[key].fields[name]
        connected = any(each.is_relation or each.primary_key for each in (before, field))
        if connected or field_is_referenced(self, key, (name, before)):
            super().alter_field(app_label, model_name, name, field, preserve_default)
        else:
            with self._changing_alone():
                super().alter_field(app_label, model_name, name, field, preserve_default)

    @contextmanager
    def _changing_alone(self) -> Iterator[None]:
        self._alone = True
        try:
            yield
        finally:
            self._alone = False

    @contextmanager
    def _adding(self) -> Iterator[None]:
        self._only_adds = True
        try:
            yield
        finally:
            self._only_adds = False

    def reload_model(self, app_label: str, model_name: str, delay: bool = False) -> None:
        if not self._only_adds and not self._alone:
            super().reload_model(app_label, model_name, delay=delay)
        elif "apps" in self.__dict__:  # asking for the property would render all
            changed = self.models[app_label, model_name]
            if self._only_adds:
                self._take_up(changed)
            else:
                self._replace(changed)

    def _replace(self, changed: ModelState) -> None:
        """Render one model anew; the others see it as it was until all are made anew."""
        self.is_delayed = True
        self.apps.unregister_model(changed.app_label, changed.name_lower)
        self.apps.render_multiple([changed])

    def _take_up(self, added: ModelState) -> None:
        """Render the model if it is new, else tell it its indexes and constraints."""
        try:
            options = self.apps.get_model(added.app_label, added.name_lower)._meta
        except LookupError:
            self.apps.render_multiple([added])
        else:
            options.indexes = list(added.options["indexes"])
            options.constraints = list(added.options["constraints"])


def apply_migrations(connection: BaseDatabaseWrapper) -> None:
    """Apply what is missing, with the signals that the command `migrate` sends."""
    executor = MigrationExecutor(connection)
    executor.loader.check_consistent_history(connection)
    connection.prepare_database()
    targets = executor.loader.graph.leaf_nodes()
    plan = executor.migration_plan(targets)
    applied = executor._create_project_state(with_applied_migrations=True)  # type: ignore[attr-defined]
    state = QuickState(models=applied.models, real_apps=applied.real_apps)
    emit_pre_migrate_signal(0, False, connection.alias, apps=state.apps, plan=plan)
    after = executor.migrate(targets, plan=plan, state=state)
    after.clear_delayed_apps_cache()
    emit_post_migrate_signal(0, False, connection.alias, apps=after.apps, plan=plan)
