"""Who a contact person is at the customer, by the words of the position."""

from __future__ import annotations

from huikuan.collection.stepping import Their

POSITIONS: dict[Their, tuple[str, ...]] = {
    Their.FINANCE: ("财务", "会计", "出纳", "结算", "finance", "account"),
    Their.PURCHASING: ("采购", "供应", "purchas", "procure", "buyer"),
    Their.OWNER: ("总经理", "董事", "老板", "法人", "法定代表", "负责人", "ceo", "owner", "general manager"),
}


def role_of(position: str) -> Their | None:
    """The role that a position at the customer says, by its words; None where it says none."""
    said = position.lower()
    return next((role for role, words in POSITIONS.items() if any(word in said for word in words)), None)
