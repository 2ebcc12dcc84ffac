"""Writing down that vouchers left the house."""

from __future__ import annotations

from datetime import date
from hashlib import sha256

from huikuan.audit.operations import act, record_event
from huikuan.organizations.actors import Actor


def record_export(*, kind: str, month: date, content: bytes, vouchers: int, actor: Actor) -> None:
    """Note in the trail who took which month's vouchers in which form, with the hash of the file."""
    actor.require("books.read")
    with act("export_vouchers", actor=actor) as opened:
        record_event(
            action="exported",
            record_kind="vouchers",
            record_id=opened.id,
            number=f"{month:%Y-%m}",
            content={"kind": kind, "vouchers": vouchers, "sha256": sha256(content).hexdigest()},
        )
