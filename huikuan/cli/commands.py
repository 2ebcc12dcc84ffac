"""Every command of `huikuan`, by group."""

from __future__ import annotations

import typer

from huikuan.cli import (
    approvals,
    bank,
    bench,
    bills,
    check,
    collect,
    contracts,
    credit,
    credit_grades,
    currencies,
    demo,
    disputes,
    imports,
    ledger,
    letter,
    matching,
    message,
    organizations,
    replay,
    report,
    risk,
    sales,
    serve,
    statement,
    statement_compare,
    statements,
    vouchers,
    warnings,
    what_if,
)

app = typer.Typer(
    name="huikuan",
    help="回款 Huikuan:赊销企业的应收账款系统",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(organizations.app, name="org")
app.add_typer(report.app, name="report")
app.add_typer(vouchers.app, name="vouchers")
statements.register(report.app)
app.add_typer(approvals.app, name="approvals")
app.add_typer(bank.app, name="bank")
app.add_typer(bills.app, name="bills")
app.add_typer(bills.retentions, name="retentions")
app.add_typer(contracts.app, name="contracts")
app.add_typer(credit.app, name="credit")
warnings.register(credit.app)
replay.register(credit.app)
what_if.register(credit.app)
app.add_typer(disputes.app, name="dispute")
credit_grades.register(credit.app)
app.add_typer(collect.app, name="collect")
app.add_typer(letter.app, name="letter")
app.add_typer(statement.app, name="statement")
statement_compare.register(statement.app)
app.add_typer(message.app, name="message")
app.add_typer(sales.app, name="sales")
ledger.register(app)
currencies.register(app)
imports.register(app)
matching.register(app)
risk.register(app)
check.register(app)
demo.register(app)
serve.register(app)
bench.register(app)
