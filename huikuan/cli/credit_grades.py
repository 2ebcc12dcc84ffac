"""huikuan credit assess|facts|scorecard: grades, what they rest on, and the cards that give them."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from django.utils import timezone
from django.utils.translation import gettext as _

from huikuan.cli.runtime import (
    ActorOption,
    Format,
    FormatOption,
    OrganizationOption,
    emit,
    messages,
    parse_day,
    working_in,
)
from huikuan.core.sentences import version_words
from huikuan.credit.assessing import kept_lines
from huikuan.credit.assessment_queries import CurrentAssessment, current_assessments
from huikuan.credit.assessment_words import grade_reasons, item_sentence, limit_reasons
from huikuan.credit.card_data import card_from
from huikuan.credit.comparing import differences, movements
from huikuan.credit.errors import CreditRefused
from huikuan.credit.facts import customer_facts
from huikuan.credit.operations import (
    activate_version,
    assess_customers,
    complete_cards,
    create_card,
    save_draft,
)
from huikuan.credit.operations.assessments import live_securities
from huikuan.credit.operations.fact_files import import_facts
from huikuan.credit.queries import customer_by_code
from huikuan.credit.scorecards import Assessment, Scorecard, ScorecardVersion
from huikuan.customers.models import Customer
from huikuan.organizations.models import Organization

facts_app = typer.Typer(help="信用资料：报表、工商、司法、税务等外部资料。", no_args_is_help=True)
cards_app = typer.Typer(help="评分卡：列出、导出、修改、试算、启用。", no_args_is_help=True)

OnOption = Annotated[
    date | None, typer.Option("--on", parser=parse_day, metavar="DATE", help="评级日期；默认今天")
]
CardOption = Annotated[str, typer.Option("--card", help="评分卡编码", metavar="CODE")]


def register(app: typer.Typer) -> None:
    """Put the commands below `huikuan credit`."""
    app.command("assess")(assess)
    app.add_typer(facts_app, name="facts")
    app.add_typer(cards_app, name="scorecard")


def assess(
    org: OrganizationOption,
    customer: Annotated[str, typer.Option("--customer", help="客户编码；默认全部客户", metavar="CODE")] = "",
    on: OnOption = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """评级：按启用的评分卡计算分数、等级、建议额度和账期，说明理由；结果有变化才新增一条。"""
    day = on or timezone.localdate()
    with working_in(org, actor=actor) as (organization, who):
        if customer:
            key = customer_by_code(customer, who).pk
            assess_customers([key], actor=who, today=day)
            found = current_assessments([key], as_of=day).get(key)
            if found is None:
                raise CreditRefused(
                    _("对这位客户一无所知，无法评级：请先登记信用资料。"), code="nothing_known"
                )
            _tell_one(customer, found, organization, format)
            return
        done = assess_customers(actor=who, today=day)
        counts = Counter(found.grade for found in current_assessments(as_of=day).values())
    if format == Format.JSON:
        emit(
            {
                "customers": done.customers,
                "unknown": done.unknown,
                "added": done.added,
                "grades": dict(sorted(counts.items())),
                "moves": [
                    {"from": before, "to": after, "customers": count}
                    for (before, after), count in sorted(done.moves.items())
                ],
            }
        )
        return
    messages.print(
        _("%(customers)d 位客户：%(added)d 条新评级，%(unknown)d 位没有资料")
        % {"customers": done.customers, "added": done.added, "unknown": done.unknown}
    )
    for grade, count in sorted(counts.items()):
        typer.echo(f"  {grade}  {count:,}")


def _tell_one(code: str, found: CurrentAssessment, organization: Organization, format: Format) -> None:
    row = Assessment.objects.select_related("version").get(pk=found.assessment_id)
    card = card_from(row.version.definition)
    said: dict[str, Any] = {
        "points": row.points,
        "grade": row.grade,
        "capped_from": row.capped_from,
        "inputs": row.inputs,
        "term_days": row.term_days,
        "limit_amount": row.limit_amount,
    }
    reasons = [
        *grade_reasons(card, said),
        *limit_reasons(card, said, currency=organization.currency),
    ]
    items = [item_sentence(line) for line in kept_lines(card, row.inputs)]
    if format == Format.JSON:
        emit(
            {
                "customer": code,
                "grade": found.grade,
                "computed_grade": found.computed_grade,
                "overridden": found.overridden,
                "points": f"{found.points:.2f}",
                "limit": f"{found.limit:.2f}",
                "secured": f"{found.secured:.2f}",
                "currency": organization.currency,
                "term_days": found.term_days,
                "assessed_on": found.as_of_on,
                "review_on": found.review_on,
                "reasons": reasons,
                "items": items,
                "inputs": row.inputs,
            }
        )
        return
    typer.echo(f"{code}  {found.grade}  {found.points:.2f}")
    for sentence in (*reasons, *items):
        typer.echo(f"- {sentence}")


@facts_app.command("import")
def facts_import(
    file: Annotated[
        Path, typer.Argument(help="CSV 或 Excel 文件", exists=True, dir_okay=False, metavar="FILE")
    ],
    org: OrganizationOption,
    source: Annotated[
        str, typer.Option("--source", help="没有来源列时的来源；默认文件名", metavar="TEXT")
    ] = "",
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """导入信用资料：每行一项（客户、资料、数值、资料日期、来源）；有问题的行逐行说明，其余照常登记并重新评级。"""
    with working_in(org, actor=actor) as (_organization, who):
        done = import_facts(file, source=source, actor=who, today=timezone.localdate())
    if format == Format.JSON:
        refused = [{"line": line, "reason": reason} for line, reason in done.refused]
        emit({"recorded": done.recorded, "customers": done.customers, "refused": refused})
    else:
        messages.print(
            _("登记 %(recorded)d 项资料，涉及 %(customers)d 位客户，%(refused)d 行未登记")
            % {"recorded": done.recorded, "customers": done.customers, "refused": len(done.refused)}
        )
        for line, reason in done.refused:
            typer.echo(_("第 %(line)d 行：%(reason)s") % {"line": line, "reason": reason})
    if done.refused:
        raise typer.Exit(1)


@cards_app.command("list")
def cards_list(org: OrganizationOption, actor: ActorOption = "", format: FormatOption = Format.TABLE) -> None:
    """列出评分卡及其版本。"""
    with working_in(org, actor=actor, snapshot=True) as (_organization, who):
        who.require("credit.read")
        rows = [
            {
                "card": version.scorecard.code,
                "name": version.scorecard.name,
                "segment": version.segment,
                "version": version.number,
                "state": version.state,
                "from": version.starts_on,
                "until": version.ends_on,
            }
            for version in ScorecardVersion.objects.select_related("scorecard").order_by(
                "scorecard__code", "number"
            )
        ]
    if format == Format.JSON:
        emit(rows)
        return
    for row in rows:
        typer.echo(
            f"{row['card']}  {version_words(row['version'])}  {row['state']}  {row['from'] or ''}  {row['name']}  {row['segment']}"
        )


@cards_app.command("show")
def cards_show(
    org: OrganizationOption,
    card: CardOption = "standard",
    version: Annotated[int, typer.Option("--version", help="版本；默认最新", metavar="N")] = 0,
    actor: ActorOption = "",
) -> None:
    """把一个版本的内容输出为 JSON，可修改后用 save 存为草稿。"""
    with working_in(org, actor=actor, snapshot=True) as (_organization, who):
        who.require("credit.read")
        typer.echo(json.dumps(_version(card, version).definition, ensure_ascii=False, indent=2))


@cards_app.command("save")
def cards_save(
    file: Annotated[Path, typer.Argument(help="JSON 文件", exists=True, dir_okay=False, metavar="FILE")],
    org: OrganizationOption,
    card: CardOption = "standard",
    name: Annotated[str, typer.Option("--name", help="新评分卡的名称", metavar="TEXT")] = "",
    segment: Annotated[str, typer.Option("--segment", help="新评分卡适用的客户分类", metavar="TEXT")] = "",
    note: Annotated[str, typer.Option("--note", help="说明", metavar="TEXT")] = "",
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """把 JSON 存为草稿；给出 --name 时新建评分卡。"""
    try:
        definition = json.loads(file.read_text(encoding="utf-8-sig"))
    except (ValueError, UnicodeDecodeError):
        raise CreditRefused(_("文件不是 JSON。"), code="not_json") from None
    if not isinstance(definition, dict):
        raise CreditRefused(_("文件不是 JSON。"), code="not_json")
    with working_in(org, actor=actor) as (_organization, who):
        complete_cards(actor=who)
        if name:
            saved = create_card(code=card, name=name, segment=segment, definition=definition, actor=who)
        else:
            saved = save_draft(_card(card).pk, definition, note=note, actor=who)
    _tell_version(card, saved, format)


@cards_app.command("activate")
def cards_activate(
    org: OrganizationOption,
    card: CardOption = "standard",
    starts_on: Annotated[
        date | None, typer.Option("--from", parser=parse_day, metavar="DATE", help="启用日期；默认今天")
    ] = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """启用草稿：从这一天起按它评级，原来的版本到前一天为止。"""
    today = timezone.localdate()
    with working_in(org, actor=actor) as (_organization, who):
        key = _version(card, 0).pk
        saved = activate_version(key, starts_on=starts_on or today, actor=who, today=today)
    _tell_version(card, saved, format)


@cards_app.command("compare")
def cards_compare(
    org: OrganizationOption,
    before: Annotated[int, typer.Option("--from", help="原来的版本", metavar="N")],
    after: Annotated[int, typer.Option("--to", help="现在的版本", metavar="N")],
    card: CardOption = "standard",
    on: OnOption = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """比较两个版本：内容的差别，以及全部客户试算后谁变动等级；什么都不改变。"""
    day = on or timezone.localdate()
    with working_in(org, actor=actor, snapshot=True) as (_organization, who):
        who.require("credit.read")
        one, other = (card_from(_version(card, number).definition) for number in (before, after))
        found = movements(one, other, customer_facts(as_of=day), securities=live_securities(None, day))
        codes: dict[UUID, str] = dict(
            Customer.objects.filter(pk__in=[move.customer_id for move in found.moves]).values_list(
                "pk", "code"
            )
        )
        moves = [
            {
                "customer": codes.get(move.customer_id, ""),
                "from": move.before,
                "to": move.after,
                "points_from": None if move.points_before is None else f"{move.points_before:.2f}",
                "points_to": None if move.points_after is None else f"{move.points_after:.2f}",
            }
            for move in found.moves
        ]
        changed = [
            {"kind": each.kind, "place": each.place, "from": each.before, "to": each.after}
            for each in differences(one, other)
        ]
    if format == Format.JSON:
        emit({"differences": changed, "customers": sum(found.table.values()), "moves": moves})
        return
    for each in changed:
        typer.echo(f"{each['kind']} {each['place']}: {each['from'] or '—'} → {each['to'] or '—'}")
    for move in moves:
        typer.echo(f"{move['customer']}  {move['from'] or '—'} → {move['to'] or '—'}")


def _card(code: str) -> Scorecard:
    found = Scorecard.objects.filter(code=code).first()
    if found is None:
        raise CreditRefused(_("没有评分卡 %s。") % code, code="unknown_scorecard")
    return found


def _version(code: str, number: int) -> ScorecardVersion:
    versions = ScorecardVersion.objects.filter(scorecard=_card(code)).order_by("-number")
    found = versions.filter(number=number).first() if number else versions.first()
    if found is None:
        raise CreditRefused(_("没有这个版本。"), code="unknown_version")
    return found


def _tell_version(card: str, version: ScorecardVersion, format: Format) -> None:
    data = {"card": card, "version": version.number, "state": str(version.state), "from": version.starts_on}
    if format == Format.JSON:
        emit(data)
    else:
        messages.print(
            f"{card} {version_words(version.number)} {version.state} {version.starts_on or ''}".strip()
        )
