from django.db.backends.postgresql.operations import DatabaseOperations as PostgresOperations


class DatabaseOperations(PostgresOperations):
    def deferrable_sql(self) -> str:
        """Foreign keys are checked at once: deferred constraint triggers fail on a cluster."""
        return ""
