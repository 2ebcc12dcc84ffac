"""The two roles of Huikuan and its database, inside an embedded server."""

from __future__ import annotations

from huikuan.core.postgres.embedded.cluster import Cluster

OWNER_ROLE = "huikuan_owner"
WEB_ROLE = "huikuan_web"

# An arbitrary number: whoever sets up roles and databases in this server takes this lock.
SETUP_LOCK = 7_453_920_183

# Under row-level security an index is entered only by comparisons that cannot leak what they compare. Those of numbers
# give an answer for every pair and no error, but come without the mark (decision 11).
LEAKPROOF = tuple(f"numeric_{name}(numeric, numeric)" for name in ("lt", "le", "eq", "ge", "gt"))

# PUBLIC loses its rights on the database in the same transaction that gives the web role its own (`_grant`),
# so this one sign stands for all of that transaction.
COMPLETE = """
SELECT EXISTS (
  SELECT FROM pg_database d
  JOIN pg_roles o ON o.oid = d.datdba AND o.rolname = %(owner)s
  JOIN pg_roles w ON w.rolname = %(web)s
  WHERE d.datname = current_database()
    AND o.rolcanlogin AND NOT (o.rolsuper OR o.rolbypassrls)
    AND w.rolcanlogin AND NOT (w.rolsuper OR w.rolbypassrls OR w.rolcreatedb OR w.rolcreaterole)
    AND has_database_privilege(w.oid, d.oid, 'CONNECT')
    AND NOT has_database_privilege('public', d.oid, 'CONNECT')
    AND (SELECT bool_and(p.proleakproof) FROM pg_proc p WHERE p.oid = ANY (%(leakproof)s::regprocedure[]))
)
"""


def ensure_roles_and_database(cluster: Cluster, *, database: str = "huikuan") -> None:
    """Create what is missing of the roles `huikuan_owner` and `huikuan_web` and of the database.

    `huikuan_owner` owns the database and may create in it; `huikuan_web` may connect, see the schema public
    and have temporary tables; both are subject to row-level security. PUBLIC may nothing. Comparing numbers
    counts as leakproof in the database.
    One query when all is there. May run in several processes at once.
    """
    import psycopg

    try:
        with psycopg.connect(cluster.dsn(dbname=database, user=cluster.superuser)) as connection:
            row = connection.execute(
                COMPLETE, {"owner": OWNER_ROLE, "web": WEB_ROLE, "leakproof": list(LEAKPROOF)}
            ).fetchone()
            complete = row is not None and bool(row[0])
    except psycopg.OperationalError as error:
        if f'database "{database}" does not exist' not in str(error):
            raise
        complete = False
    if not complete:
        _set_up(cluster, database)


def _set_up(cluster: Cluster, database: str) -> None:
    import psycopg
    from psycopg import sql

    owner, web, name = sql.Identifier(OWNER_ROLE), sql.Identifier(WEB_ROLE), sql.Identifier(database)
    subject = sql.SQL("LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION")
    # CREATE DATABASE does not run in a transaction; the lock ends with the connection.
    with psycopg.connect(
        cluster.dsn(dbname="postgres", user=cluster.superuser), autocommit=True
    ) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [SETUP_LOCK])
        roles = {str(row[0]) for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role in (OWNER_ROLE, WEB_ROLE):
            verb = sql.SQL("ALTER ROLE" if role in roles else "CREATE ROLE")
            connection.execute(sql.SQL(" ").join([verb, sql.Identifier(role), subject]))
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [database]).fetchone() is None:
            create = (
                "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'"
                " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
            )
            connection.execute(sql.SQL(create).format(name, owner))
        else:
            connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, owner))
        with psycopg.connect(cluster.dsn(dbname=database, user=cluster.superuser)) as inside:
            for statement in (
                "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
                "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {web}",
                "REVOKE ALL ON SCHEMA public FROM PUBLIC",
                "GRANT USAGE ON SCHEMA public TO {web}",
                *(f"ALTER FUNCTION pg_catalog.{function} LEAKPROOF" for function in LEAKPROOF),
            ):
                inside.execute(sql.SQL(statement).format(database=name, web=web))
