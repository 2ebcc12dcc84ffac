"""The product's settings with a quick password hasher, in a data folder made for the run.

Settings are read before any fixture runs, so the folder is made here; parallel workers and commands that
tests start inherit it.
"""

import os
import tempfile

if "HUIKUAN_TEST_RUN" not in os.environ:  # neither a parallel worker nor a command started by a test
    os.environ["HUIKUAN_TEST_RUN"] = "1"
    os.environ["HUIKUAN_HOME"] = tempfile.mkdtemp(prefix="hk-test-")
    for name in ("DATABASE_URL", "DATABASE_ADMIN_URL"):
        os.environ.pop(name, None)
os.environ["HUIKUAN_DATABASE"] = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"

from huikuan.config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AXES_ENABLED = False
