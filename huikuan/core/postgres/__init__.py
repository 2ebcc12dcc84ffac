"""Everything that knows it talks to PostgreSQL: the embedded server, the tenant backend, bulk writes."""
