"""The measurements by name, each in a scratch database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec

from django.utils.translation import gettext as _

from huikuan.bench.cash import measure_cash
from huikuan.bench.closing import measure_close_month
from huikuan.bench.collecting import measure_collection
from huikuan.bench.company import MANY_PARTS, SETTLED_PARTS, TODAY, Company, build_company
from huikuan.bench.credit import measure_credit
from huikuan.bench.foretelling import measure_foretelling
from huikuan.bench.grades import measure_assessments
from huikuan.bench.importing import measure_import_invoices
from huikuan.bench.letters import measure_letters
from huikuan.bench.measures import Result
from huikuan.bench.pages import measure_pages
from huikuan.bench.posting import measure_issue_invoices
from huikuan.bench.reading import measure_aging_as_of, measure_aging_now, measure_customer_balance
from huikuan.bench.replaying import measure_replay
from huikuan.bench.reporting import measure_reports
from huikuan.bench.scratch import scratch_database
from huikuan.bench.selling import measure_bill_orders, measure_post_invoices
from huikuan.bench.simulating import measure_simulation
from huikuan.organizations.models import Organization

Announce = Callable[[str], None]


class Name(StrEnum):
    """What can be measured."""

    ISSUE_INVOICES = "issue_invoices"
    IMPORT_INVOICES = "import_invoices"
    AGING_NOW = "aging_now"
    AGING_AS_OF = "aging_as_of"
    CUSTOMER_BALANCE = "customer_balance"
    PAGES = "pages"
    POST_INVOICES = "post_invoices"
    BILL_ORDERS = "bill_orders"
    CLOSE_MONTH = "close_month"
    CASH = "cash"
    CREDIT = "credit"
    COLLECTION = "collection"
    SIMULATION = "simulation"
    ASSESS_CUSTOMERS = "assess_customers"
    REPLAY_POLICY = "replay_policy"
    MESSAGES = "messages"
    LETTERS = "letters"
    REPORTS = "reports"
    RISK = "risk"


@dataclass(frozen=True)
class Sizes:
    """How much is measured. None: the sizes that the project states its figures for.

    `invoices` are issued (20,000), imported (1,000,000), posted from drafts of three lines, or billed from orders
    of three lines (10,000 each), or orders that are replayed (20,000 of 2,000 customers); `open` items are read (1,000,000), with three times
    as many allocations; they belong to `customers` (1,000, 10,000 and 100,000). `lines` of banks (10,000) are
    matched with `open` items (50,000) of `customers` (2,000). A payment model learns from `invoices` (1,000,000) of `customers`
    (20,000) and is asked about `open` items (100,000). `messages` are sent to a server that fails (10,000). `letters` are printed (1,000).
    Twelve months of a demo company of 300 customers and 20,000 invoices are simulated.
    """

    invoices: int | None = None
    open: int | None = None
    customers: int | None = None
    lines: int | None = None
    messages: int | None = None
    letters: int | None = None


SELLINGS: dict[Name, Callable[[int, int], Result]] = {
    Name.POST_INVOICES: lambda size, customers: measure_post_invoices(invoices=size, customers=customers),
    Name.BILL_ORDERS: lambda size, customers: measure_bill_orders(orders=size, customers=customers),
}
READINGS: dict[Name, Callable[[Company], Result | Iterable[Result]]] = {
    Name.AGING_NOW: measure_aging_now,
    Name.AGING_AS_OF: measure_aging_as_of,
    Name.CUSTOMER_BALANCE: measure_customer_balance,
    Name.PAGES: measure_pages,
    Name.CREDIT: measure_credit,
    Name.COLLECTION: measure_collection,
    Name.ASSESS_CUSTOMERS: measure_assessments,
    Name.REPORTS: measure_reports,
}


def run_bench(
    names: Iterable[Name], *, sizes: Sizes, announce: Announce, build_demo: Callable[..., Organization]
) -> Iterator[Result]:
    """Measure what is named (nothing named: everything), one result after the other.

    `announce` is told what is being done; `build_demo` is that of the package `demo`, which is above this one. Raises BenchRefused where there is no embedded server.
    """
    wanted = set(names) or set(Name)
    readings = [name for name in READINGS if name in wanted]
    if Name.ISSUE_INVOICES in wanted:
        announce(_("开具应收单…"))
        with scratch_database():
            yield measure_issue_invoices(
                invoices=sizes.invoices or 20_000, customers=sizes.customers or 1_000
            )
    if Name.IMPORT_INVOICES in wanted:
        announce(_("导入应收单文件…"))
        with scratch_database():
            yield measure_import_invoices(
                invoices=sizes.invoices or 1_000_000, customers=sizes.customers or 10_000
            )
    for name, measure in SELLINGS.items():
        if name in wanted:
            announce(_("测量 %s…") % name.value)
            with scratch_database():
                yield measure(sizes.invoices or 10_000, sizes.customers or 1_000)
    if Name.CLOSE_MONTH in wanted:
        announce(_("关闭一个月…"))
        with scratch_database():
            yield measure_close_month(entries=sizes.invoices or 100_000, customers=sizes.customers or 1_000)
    if Name.CASH in wanted:
        announce(_("匹配银行流水…"))
        with scratch_database():
            yield measure_cash(
                lines=sizes.lines or 10_000, items=sizes.open or 50_000, customers=sizes.customers or 2_000
            )
    if {Name.CREDIT, Name.REPLAY_POLICY} & wanted:
        announce(_("重放 24 个月的订单…"))
        with scratch_database():
            yield measure_replay(orders=sizes.invoices or 20_000, customers=sizes.customers or 2_000)
    if Name.MESSAGES in wanted:
        yield from _messages(sizes, announce)
    if Name.SIMULATION in wanted:
        announce(_("逐日执行和一次模拟 12 个月…"))
        with scratch_database():
            yield _simulation(sizes, announce, build_demo)
    if Name.RISK in wanted:
        yield from _foretelling(sizes, announce)
    if Name.LETTERS in wanted:
        announce(_("打印信函…"))
        with scratch_database():
            yield measure_letters(letters=sizes.letters or 1_000)
    if readings:
        with scratch_database():
            announce(_("建立有 %d 笔未核销项目的公司…") % (sizes.open or 1_000_000))
            company = build_company(
                code="open",
                items=sizes.open or 1_000_000,
                customers=sizes.customers or 100_000,
                allocated=bool({Name.AGING_AS_OF, Name.ASSESS_CUSTOMERS, Name.REPORTS} & wanted),
                parts=MANY_PARTS if Name.REPORTS in wanted else SETTLED_PARTS,
            )
            for name in readings:
                announce(_("测量 %s…") % name.value)
                found = READINGS[name](company)
                yield from [found] if isinstance(found, Result) else found


def _simulation(sizes: Sizes, announce: Announce, build_demo: Callable[..., Organization]) -> Result:
    built = build_demo(
        today=TODAY, customers=sizes.customers or 300, invoices=sizes.invoices or 20_000, announce=announce
    )
    return measure_simulation(built, announce=announce)


def _foretelling(sizes: Sizes, announce: Announce) -> Iterator[Result]:
    announce(_("学习付款历史并预测…"))
    with scratch_database():
        yield from measure_foretelling(
            past=sizes.invoices or 1_000_000, open=sizes.open or 100_000, customers=sizes.customers or 20_000
        )


def _messages(sizes: Sizes, announce: Announce) -> Iterator[Result]:
    if find_spec("aiosmtpd") is None:  # a mail server to send to comes with the development tools only
        announce(_("没有安装 aiosmtpd，跳过 messages。"))
    else:
        from huikuan.bench.messages import measure_messages

        announce(_("向出错的邮件服务器发送消息…"))
        with scratch_database():
            yield measure_messages(messages=sizes.messages or 10_000, announce=announce)
