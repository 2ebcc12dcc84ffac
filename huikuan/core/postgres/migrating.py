"""Applying migrations in seconds: Django's executor, without making all models anew after every added index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ModelState, ProjectState


class QuickState(ProjectState):
    """The models as of a migration; where one is only added to, the models that stand are kept.

    Django renders every model connected with a changed one anew, so that the state before the operation stays what
    it was, and through the organization all are connected. Adding a table, an index or a constraint looks at the
    state after it only; there a new model joins the others as at the first rendering.
    """

    _only_adds = False

    def add_model(self, model_state: ModelState) -> None:
        with self._adding():
            super().add_model(model_state)

    def add_index(self, app_label: str, model_name: str, index: Any) -> None:
        with self._adding():
            super().add_index(app_label, model_name, index)

    def add_constraint(self, app_label: str, model_name: str, constraint: Any) -> None:
        with self._adding():
            super().add_constraint(app_label, model_name, constraint)

    @contextmanager
    def _adding(self) -> Iterator[None]:
        self._only_adds = True
        try:
            yield
        finally:
            self._only_adds = False

    def reload_model(self, app_label: str, model_name: str, delay: bool = False) -> None:
        if not self._only_adds:
            super().reload_model(app_label, model_name, delay=delay)
        elif "apps" in self.__dict__:  # asking for the property would render all
            self._take_up(self.models[app_label, model_name])

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
