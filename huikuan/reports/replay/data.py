"""A replay as other programs read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from huikuan.credit.rules import Reason
from huikuan.reports.replay.replaying import Chosen, Replay


def as_data(found: Replay, *, words: Callable[[Reason], str]) -> dict[str, Any]:
    """As programs read it; `words` says a reason."""

    def sums(chosen: Chosen) -> dict[str, Any]:
        return {"count": chosen.count, "amount": f"{chosen.amount:.2f}"}

    return {
        "from": found.since.isoformat(),
        "to": found.until.isoformat(),
        "currency": found.currency,
        "cards": list(found.cards),
        "limits": found.limits,
        "orders": sums(found.all),
        "stopped": sums(found.stopped),
        "held": sums(found.held),
        "blocked": sums(found.blocked),
        "losses": f"{found.all.bad:.2f}",
        "losses_avoided": f"{found.stopped.bad:.2f}",
        "sales_lost": f"{found.stopped.good:.2f}",
        "by_reason": {code: sums(each) for code, each in sorted(found.by_reason.items())},
        "by_month": [
            {
                "month": f"{month:%Y-%m}",
                "orders": sums(every),
                "stopped": sums(stopped),
                "losses_avoided": f"{stopped.bad:.2f}",
                "sales_lost": f"{stopped.good:.2f}",
            }
            for month, (every, stopped) in sorted(found.by_month.items())
        ],
        "list": [
            {
                "number": each.subject.number,
                "kind": each.subject.kind,
                "on": each.subject.on.isoformat(),
                "customer": found.customers[each.subject.customer_id].code,
                "name": found.customers[each.subject.customer_id].name,
                "amount": f"{each.subject.amount:.2f}",
                "decision": each.action.value,
                "reasons": [words(reason) for reason in each.reasons],
                "grade": each.grade or None,
                "limit": None if each.limit is None else f"{each.limit:.2f}",
                "exposure": f"{each.exposure:.2f}",
                "loss": f"{each.bad:.2f}",
            }
            for each in found.list
        ],
    }
