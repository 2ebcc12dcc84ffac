"""Running an import: inspect the file, open a batch, take it in chunk by chunk, close the batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huikuan.audit.operations import act
from huikuan.core.errors import HuikuanError
from huikuan.core.money import is_currency
from huikuan.core.postgres.tenancy import tenant
from huikuan.integrations.models import Batch, Kind, Mapping, Problem, State
from huikuan.integrations.operations.allocations import import_allocations
from huikuan.integrations.operations.customers import import_customers
from huikuan.integrations.operations.deliveries import import_deliveries
from huikuan.integrations.operations.groups import link_groups
from huikuan.integrations.operations.invoices import import_invoices
from huikuan.integrations.operations.kept import layout_of, options_of, plain_options
from huikuan.integrations.operations.orders import import_orders
from huikuan.integrations.operations.products import import_products
from huikuan.integrations.operations.rates import import_rates
from huikuan.integrations.operations.receipts import import_receipts
from huikuan.integrations.operations.run import SUSPICIONS, ImportOptions, Rows, Run
from huikuan.integrations.reading_ahead import reading_ahead
from huikuan.ledger.models import Rate
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization
from huikuan.tables import Chunk, Layout, Notice, inspect, read

CHUNK_ROWS = 5_000
IMPORTERS: dict[str, Callable[[Rows], None]] = {
    Kind.CUSTOMERS: import_customers,
    Kind.INVOICES: import_invoices,
    Kind.RECEIPTS: import_receipts,
    Kind.ALLOCATIONS: import_allocations,
    Kind.RATES: import_rates,
    Kind.PRODUCTS: import_products,
    Kind.ORDERS: import_orders,
    Kind.DELIVERIES: import_deliveries,
}
Progress = Callable[[int, int], None]


class ImportRefused(HuikuanError):
    """The file cannot be imported with these options; nothing was imported."""

    code = "import_refused"


class Cancelled(HuikuanError):
    """A person stopped the import; the chunks already taken in stay."""

    code = "import_cancelled"


@dataclass(frozen=True)
class Report:
    """What became of the rows of a file. `imported` + `unchanged` + `set_aside` + `rejected` = `read`."""

    batch_id: UUID | None
    read: int
    imported: int
    unchanged: int
    set_aside: int
    rejected: int
    customers_created: int
    problems: list[Problem] = field(repr=False)
    notices: tuple[str, ...] = ()


class _RolledBack(Exception):
    """Ends a dry run."""


def import_file(
    path: Path,
    *,
    kind: str,
    organization: Organization,
    actor: Actor,
    today: date,
    options: ImportOptions,
    dry_run: bool = False,
    file_name: str = "",
    stored_path: str = "",
    progress: Progress | None = None,
) -> Report:
    """Import a file of customers, invoices, receipts, allocations or rates. Called outside `tenant()`.

    Each chunk is one act in one transaction, so that an interrupted run leaves whole chunks and a rerun
    completes it: rows already in the books are recognised. A dry run does the same and takes it all back.
    Raises TableError (unreadable file, unanswered question) and ImportRefused before anything is imported.
    """
    actor.require("import.run")
    batch_id, layout = start_import(
        path,
        kind=kind,
        organization=organization,
        actor=actor,
        options=options,
        file_name=file_name,
        stored_path=stored_path,
        dry_run=dry_run,
    )
    run = Run(
        batch_id=batch_id,
        layout=layout,
        options=options,
        actor=actor,
        today=today,
        base_currency=organization.currency,
    )
    if dry_run:
        problems = _dry_run(path, run, organization, progress)
        return _report(None, run, problems)
    return _run_to_its_end(path, run, organization, progress)


def run_batch(
    path: Path,
    *,
    batch_id: UUID,
    organization: Organization,
    actor: Actor,
    today: date,
    progress: Progress | None = None,
) -> Report:
    """Take in the file of a batch that `start_import` opened, as a job does. Called outside `tenant()`.

    Raises as `import_file` does, and Cancelled where the batch was stopped before its first row.
    """
    actor.require("import.run")
    with tenant(organization.pk):
        batch = Batch.objects.get(pk=batch_id)
    if batch.state != State.READING:
        raise Cancelled(_("导入已被取消；没有导入任何一行。"))
    run = Run(
        batch_id=batch_id,
        layout=layout_of(batch),
        options=options_of(batch),
        actor=actor,
        today=today,
        base_currency=organization.currency,
    )
    return _run_to_its_end(path, run, organization, progress)


def cancel_import(batch_id: UUID, *, actor: Actor) -> bool:
    """Stop an import that is still running: it notices before its next chunk, and what is in the books stays.

    Returns whether there was anything to stop. Called inside `tenant()`.
    """
    actor.require("import.run")
    stopped = Batch.objects.filter(pk=batch_id, state=State.READING).update(
        state=State.FAILED, failure=_("导入已被取消；此前的行已经导入。"), ended_at=timezone.now()
    )
    return bool(stopped)


def _run_to_its_end(path: Path, run: Run, organization: Organization, progress: Progress | None) -> Report:
    try:
        _take_in(path, run, organization, progress)
    except BaseException as error:
        _close(run, organization, State.FAILED, failure=str(error))
        raise
    _close(run, organization, State.DONE)
    with tenant(organization.pk):
        problems = list(Problem.objects.filter(batch_id=run.batch_id).order_by("row"))
    return _report(run.batch_id, run, problems)


def start_import(
    path: Path,
    *,
    kind: str,
    organization: Organization,
    actor: Actor,
    options: ImportOptions,
    file_name: str = "",
    stored_path: str = "",
    layout: Layout | None = None,
    dry_run: bool = False,
) -> tuple[UUID, Layout]:
    """Inspect a file and open its batch, with the columns mapped as the last time where nothing else is said.

    `stored_path` says where the file waits when `run_batch` is to take it in later (see `uploads`); `layout`
    is what a caller has already found out by `inspect` with these options, and saves another pass.
    """
    layout = _as_typed(layout or _laid_out(path, kind, organization, options), options)
    currency = options.currency or layout.currency or organization.currency
    if not is_currency(currency):
        raise ImportRefused(_("不认识的币种：%s") % currency, code="currency_unknown")
    if (
        "currency" not in layout.mapping
        and currency != organization.currency
        and options.rate is None
        and not _has_rate(organization, currency)
    ):
        raise ImportRefused(_("币种 %s 不是本位币，请给出汇率。") % currency, code="rate_missing")
    unknown = options.accept - set(SUSPICIONS)
    if unknown:
        raise ImportRefused(_("不能接受的原因代码：%s") % ", ".join(sorted(unknown)), code="accept_unknown")
    batch = Batch(
        organization_id=organization.pk,
        kind=kind,
        file_name=(file_name or path.name)[:255],
        file_sha256=layout.file_sha256,
        stored_path=stored_path,
        layout=asdict(layout),
        options=plain_options(options),
        actor_name=actor.name,
        rows_total=layout.total_rows,
    )
    if not dry_run:
        with tenant(organization.pk):
            batch.save(force_insert=True)
            Mapping.objects.update_or_create(
                organization_id=organization.pk,
                kind=kind,
                header_signature=layout.header_signature,
                defaults={"columns": {name: layout.columns[at] for name, at in layout.mapping.items()}},
            )
    return batch.pk, layout


def _has_rate(organization: Organization, currency: str) -> bool:
    with tenant(organization.pk):
        return Rate.objects.filter(currency=currency).exists()


def _as_typed(layout: Layout, options: ImportOptions) -> Layout:
    """The layout with what a person changed before the import, and a notice that says so."""
    if not options.retyped and not options.skipped:
        return layout
    message = _("导入前更正了 %(retyped)d 行，选择不导入 %(skipped)d 行。") % {
        "retyped": len(options.retyped),
        "skipped": len(options.skipped),
    }
    return replace(
        layout,
        retyped={line: dict(cells) for line, cells in options.retyped.items()},
        skipped=tuple(sorted(options.skipped)),
        total_rows=layout.total_rows - len(options.skipped),
        notices=(*layout.notices, Notice("retyped", message)),
    )


def _laid_out(path: Path, kind: str, organization: Organization, options: ImportOptions) -> Layout:
    def look(mapping: dict[str, str]) -> Layout:
        return inspect(
            path,
            kind=kind,
            mapping=mapping or None,
            date_format=options.date_format,
            encoding=options.encoding,
            delimiter=options.delimiter,
            sheet=options.sheet,
        )

    given = dict(options.mapping)
    try:
        layout = look(given)
    except HuikuanError as error:
        remembered = _remembered(organization, kind, getattr(error, "header_signature", None))
        if not remembered:
            raise
        return look({**remembered, **given})
    remembered = _remembered(organization, kind, layout.header_signature)
    if remembered and not given and {n: layout.columns[a] for n, a in layout.mapping.items()} != remembered:
        return look(remembered)
    return layout


def _remembered(organization: Organization, kind: str, signature: str | None) -> dict[str, str]:
    if signature is None:
        return {}
    with tenant(organization.pk):
        mapping = Mapping.objects.filter(kind=kind, header_signature=signature).first()
    return dict(mapping.columns) if mapping else {}


def _take_in(path: Path, run: Run, organization: Organization, progress: Progress | None) -> None:
    for chunk in reading_ahead(read(path, run.layout, chunk_rows=CHUNK_ROWS)):
        with tenant(organization.pk), act("import", actor=run.actor, origin_id=run.batch_id):
            _take_chunk(chunk, run)
            _save_problems(run)
            state = _count(run)
        if progress is not None:
            progress(run.read, run.layout.total_rows)
        if state == State.FAILED:
            raise Cancelled(_("导入已被取消；此前的行已经导入。"))
    _finish(run, organization)


def _take_chunk(chunk: Chunk, run: Run) -> None:
    run.take_over(chunk)
    IMPORTERS[run.layout.kind](Rows(chunk, run))


def _finish(run: Run, organization: Organization) -> None:
    if run.layout.kind == Kind.CUSTOMERS:
        with tenant(organization.pk), act("import", actor=run.actor, origin_id=run.batch_id):
            link_groups(run)
            _save_problems(run)
            _count(run)


def _save_problems(run: Run) -> None:
    Problem.objects.bulk_create(run.problems, batch_size=2000)
    run.problems.clear()


def _count(run: Run) -> str:
    Batch.objects.filter(pk=run.batch_id).update(
        rows_read=run.read,
        imported=run.imported,
        unchanged=run.unchanged,
        set_aside=run.set_aside,
        rejected=run.rejected,
        customers_created=run.customers_created,
    )
    return str(Batch.objects.values_list("state", flat=True).get(pk=run.batch_id))


def _close(run: Run, organization: Organization, state: State, failure: str = "") -> None:
    with tenant(organization.pk):
        Batch.objects.filter(pk=run.batch_id).update(state=state, failure=failure, ended_at=timezone.now())


def _dry_run(path: Path, run: Run, organization: Organization, progress: Progress | None) -> list[Problem]:
    problems: list[Problem] = []
    try:
        with tenant(organization.pk), transaction.atomic():
            Batch(
                pk=run.batch_id,
                organization_id=organization.pk,
                kind=run.layout.kind,
                file_name="",
                actor_name="",
            ).save(force_insert=True)
            with act("import", actor=run.actor, origin_id=run.batch_id):
                for chunk in reading_ahead(read(path, run.layout, chunk_rows=CHUNK_ROWS)):
                    _take_chunk(chunk, run)
                    problems += run.problems
                    run.problems.clear()
                    if progress is not None:
                        progress(run.read, run.layout.total_rows)
                if run.layout.kind == Kind.CUSTOMERS:
                    link_groups(run)
                    problems += run.problems
            raise _RolledBack
    except _RolledBack:
        return problems


def _report(batch_id: UUID | None, run: Run, problems: Iterable[Problem]) -> Report:
    notices = [notice.message for notice in run.layout.notices]
    if run.rounded:
        notices.append(_("%d 行的金额超出币种的小数位数，已四舍五入") % run.rounded)
    return Report(
        batch_id=batch_id,
        read=run.read,
        imported=run.imported,
        unchanged=run.unchanged,
        set_aside=run.set_aside,
        rejected=run.rejected,
        customers_created=run.customers_created,
        problems=sorted(problems, key=lambda problem: problem.row),
        notices=tuple(notices),
    )
