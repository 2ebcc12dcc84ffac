"""Whose customers a page shows: what commands ask, too, under a short name."""

from huikuan.customers.queries import visible_salespeople as visible

__all__ = ["visible"]
