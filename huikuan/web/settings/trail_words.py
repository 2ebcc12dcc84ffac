"""What events are called on the pages of the trail, and what they say."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from huikuan.approvals.duties import DUTIES, duty_words
from huikuan.approvals.registry import kind_title
from huikuan.audit.models import Event
from huikuan.core.sentences import enumerated, in_succession, labelled
from huikuan.organizations.permissions import PERMISSIONS, SHIPPED_ROLES
from huikuan.web.ledger.words import KINDS as DOCUMENT_KINDS
from huikuan.web.lists.declaration import DECLARED
from huikuan.web.settings.trail_fields import FIELDS, FIELDS_OF
from huikuan.web.settings.trail_values import said

RECORDS: dict[str, str | Promise] = {
    **DOCUMENT_KINDS,
    "allocation": pgettext_lazy("noun", "核销"),
    "open_item": gettext_lazy("应收项目"),
    "account": gettext_lazy("科目"),
    "bank_account": gettext_lazy("银行账户"),
    "bank_statement": pgettext_lazy("singular", "银行对账单"),
    "posting_rule": pgettext_lazy("singular", "记账规则"),
    "books": gettext_lazy("账簿"),
    "rate": pgettext_lazy("noun", "汇率"),
    "revaluation": pgettext_lazy("noun", "调汇"),
    "month": gettext_lazy("月份"),
    "journal_entry": pgettext_lazy("noun", "分录"),
    "customer": gettext_lazy("客户"),
    "import": gettext_lazy("导入"),
    "mapping": pgettext_lazy("noun", "列对应"),
    "member": pgettext_lazy("noun", "用户"),
    "user": pgettext_lazy("noun", "用户"),
    "numbering": pgettext_lazy("plural", "单据编号"),
    "organization": gettext_lazy("组织"),
    "payment_term": gettext_lazy("付款条件"),
    "voucher": pgettext_lazy("singular", "凭证"),
    "vouchers": gettext_lazy("凭证文件"),
    "period_checklist": gettext_lazy("结账检查"),
    "books_policy": gettext_lazy("凭证设置"),
    "period": pgettext_lazy("noun", "期间"),
    "report": gettext_lazy("报表"),
    "report_schedule": pgettext_lazy("singular", "定时报表"),
    "pivot": gettext_lazy("透视表"),
    "figure_target": pgettext_lazy("singular", "指标目标"),
    "product": gettext_lazy("产品"),
    "tax_rate": gettext_lazy("税率"),
    "order": gettext_lazy("订单"),
    "delivery": gettext_lazy("发货单"),
    "sales_invoice": gettext_lazy("发票"),
    "contract": gettext_lazy("合同"),
    "tax_invoice": pgettext_lazy("singular", "数电发票"),
    "provision": gettext_lazy("坏账准备"),
    "payment_model": gettext_lazy("付款模型"),
    "payment_backtest": gettext_lazy("付款模型回测"),
    "prediction_use": gettext_lazy("预测的用途"),
    "loss_forecast": gettext_lazy("付款模型法损失"),
    "provision_matrix": pgettext_lazy("plural", "计提比例"),
    "assessment": gettext_lazy("单项计提"),
    "bill_of_exchange": pgettext_lazy("singular", "应收票据"),
    "factoring_contract": gettext_lazy("保理"),
    "unidentified_receipt": pgettext_lazy("singular", "待认领款"),
    "cash_policy": gettext_lazy("结算政策"),
    "credit_limit": gettext_lazy("信用额度"),
    "credit_security": gettext_lazy("担保"),
    "credit_reservation": gettext_lazy("预占"),
    "credit_order_hold": pgettext_lazy("singular", "暂缓的订单"),
    "credit_setting": gettext_lazy("信用设置"),
    "credit_gate_rules": gettext_lazy("信用规则"),
    "early_warning": pgettext_lazy("singular", "信用预警"),
    "warning_setting": gettext_lazy("预警设置"),
    "credit_scorecard": gettext_lazy("评分卡"),
    "credit_assessment": pgettext_lazy("singular", "客户评级"),
    "credit_assessments": gettext_lazy("客户评级"),
    "dispute": gettext_lazy("争议"),
    "message": pgettext_lazy("noun", "消息"),
    "message_sender": pgettext_lazy("singular", "发送账号"),
    "message_opt_out": pgettext_lazy("singular", "不再发送的地址"),
    "collection_contact": pgettext_lazy("singular", "联系记录"),
    "payment_promise": pgettext_lazy("singular", "付款承诺"),
    "collection_policy": pgettext_lazy("singular", "催收策略"),
    "collection_calendar": gettext_lazy("工作日历"),
    "collection_run": gettext_lazy("催收策略的执行"),
    "collection_action": gettext_lazy("催收动作"),
    "collection_charge": pgettext_lazy("singular", "计收提案"),
    "limitation_warning": gettext_lazy("时效提醒"),
    "collection_pause": pgettext_lazy("singular", "暂停催收"),
    "calling_hours": gettext_lazy("可联系时间"),
    "repayment_plan": gettext_lazy("还款计划"),
    "legal_case": pgettext_lazy("singular", "案件"),
    "collection_hand_over": pgettext_lazy("singular", "移交的客户"),
    "collection_ask": gettext_lazy("协同"),
    "collection_digest": gettext_lazy("周报"),
    "commission_setting": gettext_lazy("提成系数"),
    "collection_hold_out": gettext_lazy("对照"),
    "assignment_rules": gettext_lazy("分派规则"),
    "customer_collector": gettext_lazy("催收人"),
    "collection_setting": gettext_lazy("催收评分"),
    "message_template": pgettext_lazy("singular", "消息模板"),
    "letterhead": gettext_lazy("信头与账户"),
    "collection_letter": pgettext_lazy("singular", "信函"),
    "letter_batch": pgettext_lazy("singular", "打印批次"),
    "mailing_address": gettext_lazy("寄送地址"),
    "customer_statement": pgettext_lazy("singular", "对账单"),
    "statement_batch": pgettext_lazy("singular", "对账单批次"),
    "statement_setting": gettext_lazy("对账提醒"),
    "reconciliation": gettext_lazy("双边核对"),
    "confirmation_request": gettext_lazy("询证函"),
    "match_policy": gettext_lazy("匹配规则"),
    "statement_line": gettext_lazy("银行流水"),
    "remittance_advice": pgettext_lazy("singular", "付款通知"),
    "list": gettext_lazy("列表"),
    "role": gettext_lazy("角色"),
    "note": pgettext_lazy("note", "备注"),
    "approval": gettext_lazy("审批申请"),
    "approval_policy": gettext_lazy("审批规定"),
    "approval_setting": gettext_lazy("审批设置"),
    "delegation": pgettext_lazy("singular", "外出代理"),
}
_ACTIONS: dict[str, str | Promise] = {
    "drafted": pgettext_lazy("done", "填制"),
    "recorded": pgettext_lazy("done", "登记"),
    "milestone": pgettext_lazy("done", "里程碑达成"),
    "delivered": pgettext_lazy("done", "交付"),
    "cancelled": pgettext_lazy("done", "终止"),
    "reserved": pgettext_lazy("done", "预占"),
    "consumed": pgettext_lazy("done", "使用"),
    "expired": pgettext_lazy("done", "到期"),
    "held": pgettext_lazy("done", "暂缓"),
    "unheld": pgettext_lazy("done", "解冻"),
    "asked": pgettext_lazy("done", "申请放行"),
    "cleared": pgettext_lazy("done", "复查通过"),
    "released": pgettext_lazy("done", "放行或释放"),
    "found": pgettext_lazy("done", "发现"),
    "acted": pgettext_lazy("done", "处理"),
    "handed_over": pgettext_lazy("done", "转交"),
    "withdrawn": pgettext_lazy("done", "撤回"),
    "corrected": pgettext_lazy("done", "更正"),
    "ruled": pgettext_lazy("done", "认定时效"),
    "promised": pgettext_lazy("done", "承诺"),
    "proposed": pgettext_lazy("done", "提出"),
    "charged": pgettext_lazy("done", "计收"),
    "led": pgettext_lazy("done", "推进"),
    "question_put": pgettext_lazy("done", "提问"),
    "feedback_put": pgettext_lazy("done", "反馈"),
    "answered": pgettext_lazy("done", "答复"),
    "bounced": pgettext_lazy("done", "退信"),
    "sent": pgettext_lazy("done", "发送"),
    "made": pgettext_lazy("done", "拟定"),
    "signed": pgettext_lazy("done", "签署"),
    "interest_added": pgettext_lazy("done", "关联违约金单"),
    "assigned": pgettext_lazy("done", "分派"),
    "message_sent": pgettext_lazy("done", "发出"),
    "message_failed": pgettext_lazy("done", "发送失败"),
    "message_unknown": pgettext_lazy("done", "结果未知"),
    "message_cancelled": pgettext_lazy("done", "不再发送"),
    "message_queued_again": pgettext_lazy("done", "再次排队"),
    "message_reply": pgettext_lazy("done", "收到回复"),
    "message_bounce": pgettext_lazy("done", "退信"),
    "message_delay": pgettext_lazy("done", "投递延迟"),
    "unsubscribed": pgettext_lazy("done", "退订"),
    "lifted": pgettext_lazy("done", "恢复发送"),
    "tried": pgettext_lazy("done", "试用"),
    "assessed": pgettext_lazy("done", "评级"),
    "overridden": pgettext_lazy("done", "人工评级"),
    "override_ended": pgettext_lazy("done", "结束人工评级"),
    "ran": pgettext_lazy("done", "执行"),
    "paused": pgettext_lazy("done", "暂停"),
    "resumed": pgettext_lazy("done", "恢复"),
    "agreed": pgettext_lazy("done", "同意"),
    "refused": pgettext_lazy("done", "不同意"),
    "discarded": pgettext_lazy("done", "放弃"),
    "activated": pgettext_lazy("done", "启用"),
    "retired": pgettext_lazy("done", "停用"),
    "printed": pgettext_lazy("done", "打印"),
    "saved": pgettext_lazy("done", "保存"),
    "disputed": pgettext_lazy("done", "转争议"),
    "compared": pgettext_lazy("done", "核对"),
    "reminded": pgettext_lazy("done", "提醒"),
    "differed": pgettext_lazy("done", "答复不符"),
    "confirmed": pgettext_lazy("done", "确认相符"),
    "dropped": pgettext_lazy("done", "取消"),
    "mailed": pgettext_lazy("done", "寄出"),
    "arrived": pgettext_lazy("done", "送达"),
    "queued": pgettext_lazy("done", "排队"),
    "stated": pgettext_lazy("done", "写明"),
    "uploaded": pgettext_lazy("done", "上传"),
    "imported": pgettext_lazy("done", "导入"),
    "noted": pgettext_lazy("done", "备注"),
    "linked": pgettext_lazy("done", "关联"),
    "unlinked": pgettext_lazy("done", "解除关联"),
    "created": pgettext_lazy("done", "新建"),
    "changed": pgettext_lazy("done", "修改"),
    "removed": pgettext_lazy("done", "删除"),
    "revalued": pgettext_lazy("done", "调汇"),
    "revaluation_undone": pgettext_lazy("done", "撤销调汇"),
    "allocated": pgettext_lazy("done", "核销"),
    "unallocated": pgettext_lazy("done", "反核销"),
    "voided": pgettext_lazy("done", "冲销"),
    "bill_held": pgettext_lazy("done", "收票"),
    "bill_split": pgettext_lazy("done", "拆分"),
    "bill_endorsed": pgettext_lazy("done", "背书"),
    "bill_discounted": pgettext_lazy("done", "贴现"),
    "bill_collected": pgettext_lazy("done", "托收收款"),
    "bill_settled": pgettext_lazy("done", "兑付"),
    "bill_dishonoured": pgettext_lazy("done", "拒付"),
    "bill_withdrawn": pgettext_lazy("done", "撤销收票"),
    "claimed": pgettext_lazy("done", "认领"),
    "claim_asked": pgettext_lazy("done", "申请认领"),
    "claim_confirmed": pgettext_lazy("done", "确认认领"),
    "claim_refused": pgettext_lazy("done", "退回认领"),
    "claim_withdrawn": pgettext_lazy("done", "撤回认领"),
    "line_used": pgettext_lazy("done", "处理流水"),
    "line_freed": pgettext_lazy("done", "撤销处理"),
    "dispute_opened": pgettext_lazy("done", "提出"),
    "dispute_ended": pgettext_lazy("done", "结束"),
    "dispute_reopened": pgettext_lazy("done", "恢复"),
    "settled": pgettext_lazy("done", "了结"),
    "vat_due": pgettext_lazy("done", "纳税时点到期"),
    "closed": pgettext_lazy("done", "关闭"),
    "reopened": pgettext_lazy("done", "重开"),
    "posted": pgettext_lazy("done", "记账"),
    "reviewed": pgettext_lazy("done", "审核"),
    "returned": pgettext_lazy("done", "退回"),
    "checked": pgettext_lazy("done", "检查"),
    "opened": pgettext_lazy("done", "开账"),
    "undone": pgettext_lazy("done", "撤销"),
    "exported": pgettext_lazy("done", "导出"),
    "figure_target_set": gettext_lazy("设定指标目标"),
    "figure_target_ended": gettext_lazy("结束指标目标"),
    "report_scheduled": gettext_lazy("设定时报表"),
    "pivot_saved": gettext_lazy("保存透视表"),
    "pivot_changed": gettext_lazy("修改透视表"),
    "pivot_removed": gettext_lazy("移除透视表"),
    "report_schedule_stopped": gettext_lazy("停止定时报表"),
    "judged": pgettext_lazy("done", "判断"),
    "trained": pgettext_lazy("done", "训练"),
    "ended": pgettext_lazy("done", "结束"),
    "revealed": pgettext_lazy("done", "查看"),
    "invited": pgettext_lazy("done", "邀请"),
    "file_attached": pgettext_lazy("done", "上传附件"),
    "file_removed": pgettext_lazy("done", "移除附件"),
    "submitted": pgettext_lazy("done", "提交"),
    "request_approved": pgettext_lazy("done", "批准"),
    "request_returned": pgettext_lazy("done", "退回"),
    "request_withdrawn": pgettext_lazy("done", "撤回"),
    "request_done": pgettext_lazy("done", "执行"),
    "request_refused": pgettext_lazy("done", "未能执行"),
    "delegated": pgettext_lazy("done", "设置"),
    "delegation_ended": pgettext_lazy("done", "结束"),
    "password_given": pgettext_lazy("done", "生成初始密码"),
    "password_changed": pgettext_lazy("done", "修改密码"),
}


_ROLES = {role.code: role.name for role in SHIPPED_ROLES}
_IDS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BAND = re.compile(r"(-?\d+\.\d\d)(?: (.+))?")  # an amount, and who approves from there on


def event_words(event: Event, *, brief: bool = False) -> str:
    """What was done to which record; with what changed unless `brief`."""
    record = str(RECORDS.get(event.record_kind, event.record_kind))
    record = record[:1].lower() + record[1:]  # within a sentence
    number = _called(event)
    words = f"{_done_to(str(_ACTIONS.get(event.action, event.action)), record)} {number}".strip()
    if brief or "before" not in event.content:
        return words
    return labelled(words, changes_words(event))


def _called(event: Event) -> str:
    """The number of the record, or the name of what is kept by a code."""
    if event.record_kind == "approval_policy":
        return kind_title(event.number)
    if event.record_kind == "list" and event.number in DECLARED:
        return str(DECLARED[event.number].title)
    return event.number


def _done_to(action: str, record: str) -> str:
    """Chinese sets no space between a short verb and its object, and says 核销 and 暂停催收 once."""
    if not (get_language() or "zh").startswith("zh"):
        return f"{action} {record}"
    if action.endswith(record):
        return action
    if record.startswith(action) or record.endswith(action):
        return record
    return f"{action}{record}" if len(action) == 2 else f"{action} {record}"


def changes_words(event: Event) -> str:
    """Old → new for what changed; for other events what was said."""
    kind = event.record_kind
    content = dict(event.content) if isinstance(event.content, dict) else {}
    if kind == "list" and event.number in DECLARED:
        titles = {column.key: str(column.label) for column in DECLARED[event.number].columns}
        content["columns"] = [titles.get(each, each) for each in content.get("columns", ())]
    before = content.pop("before", None)
    if isinstance(before, dict):
        return _("；").join(_change(name, value, content.get(name), kind) for name, value in before.items())
    return in_succession(
        labelled(_field(name, kind), _value(value, name, kind))
        for name, value in content.items()
        if _says_something(value) and _field(name, kind)
    )


def _says_something(value: Any) -> bool:
    """Whether a reader learns from it: not what is empty, nor the id of a record or what contains it."""
    return bool(value) and not (isinstance(value, str) and _IDS.search(value))


def _change(name: str, old: Any, new: Any, kind: str) -> str:
    """What came and what went for lists; else old → new."""
    if isinstance(old, list) and isinstance(new, list):
        parts = [f"+{_value([one])}" for one in new if one not in old]
        parts += [f"−{_value([one])}" for one in old if one not in new]
        return labelled(_field(name, kind), enumerated(parts))
    return labelled(_field(name, kind), f"{_value(old, name, kind)} → {_value(new, name, kind)}")


def _field(name: str, kind: str = "") -> str:
    """What a particular is called, where one record means something else by it than others; empty for inner ones."""
    return str(FIELDS_OF.get(kind, {}).get(name, FIELDS.get(name, name)))


def _value(value: Any, name: str = "", kind: str = "") -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        shown = (one for one in value if one is None or isinstance(one, bool | int) or _says_something(one))
        return enumerated(_part(one, name) for one in shown) or "—"
    if isinstance(value, dict):
        each = {inner: one for inner, one in value.items() if _says_something(one) and _field(inner)}
        return enumerated(labelled(_field(inner), _value(one, inner)) for inner, one in each.items()) or "—"
    title = kind_title(value) if isinstance(value, str) else str(value)
    return said(title, name, kind)


def _part(value: Any, name: str) -> str:
    """One of several: a permission or duty by its name; rows in rows are spelled out."""
    if not isinstance(value, str):
        return _value(value, name)
    if value in DUTIES:
        return duty_words(value)
    if band := _BAND.fullmatch(value):
        return _band(Decimal(band[1]), band[2] or "")
    return str(_ROLES.get(value) or PERMISSIONS.get(value) or said(value, name))


def _band(floor: Decimal, roles: str) -> str:
    """A band of an approval policy: 5000.00 财务经理 → 管理层, the roles by their names in the reader's language."""
    names = " → ".join(_(name) if name in _ROLES.values() else name for name in roles.split(" → ") if name)
    return f"{floor:,.2f} {names}".strip()
