"""The demo company and the nine people who sign in to it."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32encode
from dataclasses import dataclass

from huikuan.core.secrets import installation_secret
from huikuan.demo.companies import EAST, SELLERS

DEMO_CODE = "demo"
DEMO_NAME = "宁波澜峥机械有限公司"


@dataclass(frozen=True)
class DemoAccount:
    """A person with a role; `seller` is the code of the salesperson they are."""

    name: str
    role: str
    email: str
    team: str = ""
    seller: str = ""


ACCOUNTS: tuple[DemoAccount, ...] = (
    DemoAccount("顾明远", "administrator", "admin@demo.example"),
    DemoAccount("林晓岚", "ar_accountant", "accountant@demo.example"),
    DemoAccount("陈素琴", "cashier", "cashier@demo.example"),
    DemoAccount("郑立新", "credit_controller", "credit@demo.example"),
    DemoAccount("吴海燕", "collector", "collector@demo.example"),
    DemoAccount(SELLERS[0].name, "salesperson", "sales@demo.example", SELLERS[0].team, SELLERS[0].code),
    DemoAccount("徐文斌", "sales_manager", "manager@demo.example", EAST),
    DemoAccount("沈静宜", "finance_manager", "finance@demo.example"),
    DemoAccount("许国梁", "executive", "executive@demo.example"),
)


def demo_password() -> str:
    """The password of all demo accounts: another one in each installation, so that none is known beforehand."""
    digest = hmac.digest(installation_secret("demo").encode(), b"demo accounts", hashlib.sha256)
    return f"demo-{b32encode(digest)[:10].decode().lower()}"
