"""The entry point: settings first, then the commands. Named errors become one sentence and exit status 1."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the `huikuan` command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huikuan.config.settings")
    from huikuan.core.errors import HuikuanError

    try:
        import django

        django.setup()
        _choose_language()
        from huikuan.cli.commands import app

        app()
    except HuikuanError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)


def _choose_language() -> None:
    """HUIKUAN_LANG, else Chinese unless the terminal speaks another language."""
    from django.utils import translation

    wanted = os.environ.get("HUIKUAN_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    code = wanted.split(".")[0].replace("_", "-").lower()
    if code in ("zh-tw", "zh-hk", "zh-hant"):
        translation.activate("zh-hant")
    elif code.startswith("en") and "HUIKUAN_LANG" in os.environ:
        translation.activate("en")
    else:
        translation.activate("zh-hans")
