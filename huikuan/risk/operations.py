"""The only writers of risk: loss rates, assessments, provisions, and the recovery of bad debts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from huikuan.audit.operations import OpenAct, act, record_event
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.core.sentences import enumerated
from huikuan.customers.models import Customer
from huikuan.ledger.models import Account, Document, Kind
from huikuan.ledger.operations import (
    EntryLine,
    NewDocument,
    NewEntry,
    RecordedDocument,
    accounts_by_purpose,
    post_entries,
)
from huikuan.ledger.operations.documents import RECOVERY, post_documents
from huikuan.organizations.actors import Actor
from huikuan.risk.models import (
    Assessment,
    Provision,
    ProvisionLine,
    ProvisionMatrix,
    Workpaper,
    WriteOffGround,
)
from huikuan.risk.queries import Requirement, bad_debts, requirement
from huikuan.risk.rolling import Basis
from huikuan.risk.rules import BUCKETS, EVIDENCE, Ground, UnusableRates, require_rates
from huikuan.risk.workpaper import Frozen, freeze


class RiskRefused(HuikuanError):
    """The act on provisions or bad debts is not possible; nothing was changed."""

    code = "risk_refused"


def set_matrix(
    *,
    rates: Mapping[str, Decimal],
    effective_on: date,
    note: str = "",
    basis: Basis | None = None,
    actor: Actor,
) -> ProvisionMatrix:
    """Set the loss rates by bucket from a day on; earlier provisions keep the rates they were made with.

    `basis`: the roll rates they were taken from; kept with them, also where a rate was changed by hand afterwards.
    """
    actor.require("provision.write")
    try:
        require_rates(rates)
    except UnusableRates as error:
        raise RiskRefused(_("每个账龄区间都要有 0% 到 100% 之间的计提比例。"), code="rates") from error
    with act("set_provision_matrix", actor=actor, reason=note) as opened:
        matrix = ProvisionMatrix.objects.create(
            organization_id=opened.organization_id,
            act_id=opened.id,
            effective_on=effective_on,
            rates={bucket: str(rates[bucket].normalize()) for bucket in BUCKETS},
            note=note.strip()[:500],
            basis=basis.as_data() if basis else {},
        )
        record_event(
            action="recorded",
            record_kind="provision_matrix",
            record_id=matrix.pk,
            number=effective_on.isoformat(),
            content={
                "rates": matrix.rates,
                "note": matrix.note,
                **({"basis": matrix.basis} if basis else {}),
            },
        )
    return matrix


def assess(*, customer_id: UUID, rate: Decimal, reason: str, from_on: date, actor: Actor) -> Assessment:
    """单项计提: judge what a customer owes by itself from a day on, outside the matrix. Once at a time."""
    actor.require("provision.write")
    if not reason.strip():
        raise RiskRefused(_("单项计提必须写明依据。"), code="reason_missing")
    if not (rate.is_finite() and 0 <= rate <= 1):
        raise RiskRefused(_("计提比例应在 0% 到 100% 之间。"), code="rates")
    customer = Customer.objects.filter(pk=customer_id).first()
    if customer is None:
        raise RiskRefused(_("没有这个客户。"), code="unknown_customer")
    with act("assess_customer", actor=actor, reason=reason) as opened:
        try:
            with transaction.atomic():
                row = Assessment.objects.create(
                    organization_id=opened.organization_id,
                    act_id=opened.id,
                    customer=customer,
                    from_on=from_on,
                    rate=rate,
                    reason=reason.strip()[:500],
                )
        except IntegrityError as error:
            raise RiskRefused(
                _("%s 已经在单项计提中；要改比例，请先结束原来的。") % customer.name, code="assessed_already"
            ) from error
        _record_assessment("recorded", row, customer)
    return row


def end_assessment(*, assessment_id: UUID, until_on: date, reason: str, actor: Actor) -> Assessment:
    """The customer is judged by the matrix again from a day on."""
    actor.require("provision.write")
    if not reason.strip():
        raise RiskRefused(_("请写明结束单项计提的原因。"), code="reason_missing")
    with act("end_assessment", actor=actor, reason=reason):
        row = (
            Assessment.objects.select_for_update(of=("self",))
            .select_related("customer")
            .filter(pk=assessment_id, until_on__isnull=True)
            .first()
        )
        if row is None:
            raise RiskRefused(_("这项单项计提已经结束。"), code="ended_already")
        if until_on < row.from_on:
            raise RiskRefused(_("结束日期不能早于开始日期 %s。") % row.from_on, code="ends_before")
        row.until_on = until_on
        row.save(update_fields=["until_on"])
        _record_assessment("ended", row, row.customer)
    return row


def _record_assessment(action: str, row: Assessment, customer: Customer) -> None:
    record_event(
        action=action,
        record_kind="assessment",
        record_id=row.pk,
        number=customer.code,
        content={
            "customer": row.customer_id,
            "rate": str(row.rate.normalize()),
            "reason": row.reason,
            "from": row.from_on,
            "until": row.until_on,
        },
    )


def post_provision(*, as_of: date, actor: Actor, today: date) -> Provision:
    """Bring the allowance to what is required as of a day: D 信用减值损失 | C 坏账准备, or back (CAS 22).

    The day is the last of the period that is to be closed. Posted again, only what changed since is booked.
    """
    actor.require("provision.write")
    if as_of > today:
        raise RiskRefused(_("不能计提将来日期 %s 的坏账准备。") % as_of, code="in_future")
    with act("post_provision", actor=actor) as opened:
        # Two clerks at once would both book the difference: one waits for the other here.
        Account.objects.select_for_update().get(purpose="allowance")
        found = requirement(as_of)
        paper = freeze(found)
        entry_ids = post_entries(_charge(found), opened=opened)
        return _keep(found, paper, entry_ids[0] if entry_ids else None, opened)


def _charge(found: Requirement) -> list[NewEntry]:
    if not found.charge:
        return []
    accounts = accounts_by_purpose(["credit_loss", "allowance"])
    loss, kept = accounts["credit_loss"], accounts["allowance"]
    memo = _("计提坏账准备") if found.charge > 0 else _("转回坏账准备")
    amount = abs(found.charge)
    debit, credit = (loss, kept) if found.charge > 0 else (kept, loss)
    event = "provision" if found.charge > 0 else "provision_reversal"
    lines = (EntryLine(debit, debit=amount), EntryLine(credit, credit=amount))
    return [NewEntry(event, found.as_of, lines, f"{memo} {found.as_of:%Y-%m}")]


def _keep(found: Requirement, paper: Frozen, entry_id: UUID | None, opened: OpenAct) -> Provision:
    provision = Provision.objects.create(
        organization_id=opened.organization_id,
        act_id=opened.id,
        as_of=found.as_of,
        matrix=found.matrix,
        required=found.required,
        before=found.before,
        charge=found.charge,
        entry_id=entry_id,
    )
    ProvisionLine.objects.bulk_create(
        ProvisionLine(
            organization_id=opened.organization_id,
            provision=provision,
            position=position,
            bucket=line.bucket,
            customer_id=line.customer_id,
            balance=line.balance,
            rate=line.rate,
            loss=line.loss,
        )
        for position, line in enumerate(found.lines, start=1)
    )
    Workpaper.objects.create(
        organization_id=opened.organization_id,
        provision=provision,
        content=paper.content,
        digest=paper.digest,
    )
    record_event(
        action="recorded",
        record_kind="provision",
        record_id=provision.pk,
        number=found.as_of.isoformat(),
        content={
            "required": str(found.required),
            "allowance": str(found.before),
            "charge": str(found.charge),
            "workpaper": paper.digest,
            "lines": {
                line.bucket or line.code: f"{line.balance} × {line.rate} = {line.loss}"
                for line in found.lines
            },
        },
    )
    return provision


def recover(
    *, write_off_id: UUID, amount: Decimal, on: date, memo: str = "", actor: Actor, today: date
) -> RecordedDocument:
    """已核销坏账收回: what was given up is owed again, so that the money can be allocated to it (D 应收账款 | C 坏账准备).

    Never more than is left of the claim. The receipt is recorded and allocated like any other.
    """
    actor.require("write_off.record")
    if on > today:
        raise RiskRefused(_("收回日期不能晚于今天。"), code="in_future")
    with act("recover_bad_debt", actor=actor, reason=memo) as opened:
        document = Document.objects.select_for_update(no_key=True).filter(
            pk=write_off_id, kind=Kind.WRITE_OFF, voided_by=None
        )
        source = document.first()
        if source is None:
            raise RiskRefused(_("没有这张坏账核销单，或它已冲销。"), code="unknown_write_off")
        [debt] = bad_debts(document_id=source.pk)
        if not 0 < amount <= debt.claim:
            raise RiskRefused(
                _("%(number)s 还可收回 %(claim)s，不能登记 %(amount)s。")
                % {"number": source.number, "claim": debt.claim, "amount": amount},
                code="beyond_claim",
            )
        if on < source.document_on:
            raise RiskRefused(
                _("收回日期不能早于核销日期 %s。") % source.document_on, code="before_write_off"
            )
        [recorded] = post_documents(
            [
                NewDocument(
                    customer_id=source.customer_id,
                    document_on=on,
                    amount=amount,
                    due_on=on,
                    salesperson_id=source.salesperson_id,
                    reference=source.number,
                    memo=memo,
                )
            ],
            posting=RECOVERY,
            opened=opened,
        )
    return recorded


def judge_write_off(
    *, write_off_id: UUID, ground: Ground, evidence: Sequence[str], actor: Actor
) -> WriteOffGround:
    """Note on which ground a write-off is to be deducted from taxable income, and what of its evidence is on file."""
    actor.require("write_off.record")
    unknown = set(evidence) - set(EVIDENCE[ground])
    if unknown:
        raise RiskRefused(_("不认识的证据：%s") % enumerated(sorted(unknown)), code="unknown_evidence")
    with act("judge_write_off", actor=actor) as opened:
        document = Document.objects.filter(pk=write_off_id, kind=Kind.WRITE_OFF).first()
        if document is None:
            raise RiskRefused(_("没有这张坏账核销单，或它已冲销。"), code="unknown_write_off")
        row, _created = WriteOffGround.objects.update_or_create(
            organization_id=current_organization_id(),
            document=document,
            defaults={"act_id": opened.id, "ground": ground.value, "evidence": list(evidence)},
            create_defaults={
                "id": uuid7(),
                "act_id": opened.id,
                "ground": ground.value,
                "evidence": list(evidence),
            },
        )
        record_event(
            action="judged",
            record_kind="write_off",
            record_id=document.pk,
            number=document.number,
            content={"ground": ground.value, "evidence": list(evidence)},
        )
    return row
