"""What provisions and bad debts are called on pages."""

from __future__ import annotations

from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from huikuan.risk.rules import Ground

GROUNDS: dict[Ground, str | Promise] = {
    Ground.OVERDUE_THREE_YEARS: _("逾期三年以上"),
    Ground.OVERDUE_ONE_YEAR_SMALL: _("逾期一年以上且金额小"),
    Ground.BANKRUPTCY: _("债务人破产、清算"),
    Ground.DEREGISTERED: _("债务人注销、被吊销营业执照"),
    Ground.DEATH: _("债务人死亡、失踪"),
    Ground.JUDGEMENT: _("败诉，或胜诉后执行终结"),
    Ground.DISASTER: _("自然灾害等不可抗力"),
}

ASKS: dict[Ground, str | Promise] = {
    Ground.OVERDUE_THREE_YEARS: _("逾期三年以上、会计上已作为损失的应收款项（第二十三条）。"),
    Ground.OVERDUE_ONE_YEAR_SMALL: _(
        "逾期一年以上，单笔不超过五万元或不超过年收入总额万分之一，会计上已作为损失（第二十四条）。"
    ),
    Ground.BANKRUPTCY: _("债务人被宣告破产或已清算（第二十二条）。"),
    Ground.DEREGISTERED: _("债务人停止营业，已注销或被吊销营业执照（第二十二条）。"),
    Ground.DEATH: _("债务人死亡或失踪，财产不足清偿（第二十二条）。"),
    Ground.JUDGEMENT: _("经诉讼或仲裁，法院裁定终结（中止）执行（第二十二条）。"),
    Ground.DISASTER: _("因自然灾害、战争等不可抗力无法收回（第二十二条）。"),
}

EVIDENCE: dict[str, str | Promise] = {
    "contract": _("合同、协议或说明"),
    "dunning": _("催收记录"),
    "booked_as_loss": _("会计上已作为损失的凭证"),
    "special_report": _("情况说明与专项报告"),
    "court_notice": _("法院的破产、清算公告"),
    "liquidation": _("清算分配方案或终结裁定"),
    "registry_notice": _("注销、吊销营业执照的证明"),
    "death_certificate": _("死亡、失踪证明"),
    "judgement": _("判决书、裁决书或仲裁书"),
    "enforcement_end": _("终结（中止）执行的裁定"),
    "disaster_statement": _("受灾情况说明与放弃债权声明"),
}


def ground_name(code: str) -> str:
    """What a ground is called; nothing for none."""
    return str(GROUNDS[Ground(code)]) if code else ""


def evidence_name(code: str) -> str:
    """What a piece of evidence is called."""
    return str(EVIDENCE.get(code, code))


def deduction_state(*, judged: bool, missing: int) -> dict[str, str]:
    """A badge: how far the deduction of a bad debt is prepared."""
    if not judged:
        return {"label": gettext("未判断"), "tone": "plain"}
    if missing:
        return {"label": pgettext("evidence", "缺 %d 项") % missing, "tone": "warn"}
    return {"label": gettext("证据齐备"), "tone": "good"}


def rate_text(rate: Decimal) -> str:
    """A share as people write it: 0.005 → "0.5%"."""
    return f"{percentage(rate)}%"


def percentage(rate: Decimal) -> str:
    """A share in percent without needless zeros: 0.005 → "0.5", 1 → "100"."""
    text = f"{rate * 100:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
