"""What every template keeps to, read from the files: known icons, and nothing a strict content policy blocks."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "huikuan/web/templates").rglob("*.html"))
ICONS = set(json.loads((ROOT / "frontend/icons.json").read_text()))


def _without_comments(path: Path) -> str:
    return re.sub(r"{% comment %}.*?{% endcomment %}", "", path.read_text(), flags=re.DOTALL)


def _offences(pattern: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in TEMPLATES
        for found in re.finditer(pattern, _without_comments(path), flags=re.IGNORECASE)
    ]


def test_there_are_templates_to_read() -> None:
    assert len(TEMPLATES) > 20


def test_every_icon_named_in_a_template_is_in_the_sprite() -> None:
    named = {name for path in TEMPLATES for name in re.findall(r'{% icon "([^"]+)"', _without_comments(path))}
    assert named
    assert named <= ICONS


def test_no_template_has_an_inline_style_script_or_handler() -> None:
    assert _offences(r"\sstyle\s*=") == []
    assert _offences(r"<style\b") == []
    assert _offences(r"<script(?![^>]*\ssrc=)") == []
    assert _offences(r"\son[a-z]+\s*=\s*[\"']") == []
    assert _offences(r"javascript:") == []
    assert _offences(r"hx-on\b") == []


def test_no_template_fetches_anything_from_outside() -> None:
    assert _offences(r"(?:src|href)=\"(?:https?:)?//") == []
