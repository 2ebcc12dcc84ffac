from __future__ import annotations

from typing import Any

from django.db.backends.postgresql.base import DatabaseWrapper as PostgresWrapper

from huikuan.core.postgres import embedded
from huikuan.core.postgres.backend.operations import DatabaseOperations
from huikuan.core.postgres.backend.schema import DatabaseSchemaEditor


class DatabaseWrapper(PostgresWrapper):
    ops_class = DatabaseOperations
    SchemaEditorClass = DatabaseSchemaEditor

    def get_connection_params(self) -> dict[str, Any]:
        """Where the settings say EMBEDDED, the first connection starts (or joins) the embedded server."""
        if self.settings_dict.get("EMBEDDED"):
            cluster = embedded.ensure_running()
            embedded.ensure_roles_and_database(cluster, database=self.settings_dict["NAME"])
            self.settings_dict["HOST"] = str(cluster.socket_dir)
            self.settings_dict["PORT"] = str(cluster.port)
        return super().get_connection_params()
