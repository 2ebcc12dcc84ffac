"""Imports one file in a process of its own and says on standard output, as JSON, what that took.

python -m huikuan.bench.import_child FILE ORGANIZATION
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(file: Path, code: str) -> None:
    """Settings come from the environment, like those of every command."""
    import django

    django.setup()
    from huikuan.bench.company import TODAY
    from huikuan.bench.measures import Stopwatch, peak_memory_mb, server_process
    from huikuan.integrations.operations import ImportOptions, import_file
    from huikuan.organizations.actors import local_operator
    from huikuan.organizations.queries import organization_by_code

    organization = organization_by_code(code)
    watch = Stopwatch(server_process())
    with watch:
        report = import_file(
            file,
            kind="invoices",
            organization=organization,
            actor=local_operator(),
            today=TODAY,
            options=ImportOptions(),
        )
    found = {
        "imported": report.imported,
        "seconds": watch.seconds,
        "python_cpu": watch.python_cpu,
        "server_cpu": watch.server_cpu,
        "peak_mb": peak_memory_mb(),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
