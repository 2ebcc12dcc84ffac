"""Django's PostgreSQL backend with composite keys for tenant tables."""
