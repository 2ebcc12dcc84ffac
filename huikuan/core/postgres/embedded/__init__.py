"""PostgreSQL that comes with Huikuan: it runs by itself, in Huikuan's own data folder.

The first command that needs a database calls `ensure_running()`; later ones attach to the same server, and
the last one that leaves stops it. Nothing of ours stays resident: who uses the server is known from shared
file locks, which the kernel drops even when a command is killed (see `lease`).

    home/                       0700, marked as ours by `.huikuan-home`
        postgres/
            data/               the PostgreSQL data folder
            socket/             the unix socket; there is never a TCP port
            server.log          what the server says
            start.lock          held while a server is started or stopped
            lease.lock          shared by everyone who uses the server

A command killed with `kill -9` cannot stop the server. It then runs on, idle, until the next command comes
and goes. A server killed the same way recovers by itself at the next start.
"""

from huikuan.core.postgres.embedded.cluster import Cluster
from huikuan.core.postgres.embedded.errors import EmbeddedPostgresError
from huikuan.core.postgres.embedded.folder import claim_home, home
from huikuan.core.postgres.embedded.lease import ensure_running, release
from huikuan.core.postgres.embedded.roles import OWNER_ROLE, WEB_ROLE, ensure_roles_and_database

__all__ = [
    "OWNER_ROLE",
    "WEB_ROLE",
    "Cluster",
    "EmbeddedPostgresError",
    "claim_home",
    "ensure_roles_and_database",
    "ensure_running",
    "home",
    "release",
]
