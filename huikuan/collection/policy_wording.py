"""What the parts of policies, and what became of actions, are called."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huikuan.collection.stepping import (
    ActionState,
    Effect,
    Means,
    Our,
    Reason,
    Scope,
    Sender,
    Their,
    Trigger,
)

Words = str | Promise

MEANS: dict[str, Words] = {
    Means.EMAIL: pgettext_lazy("channel", "邮件"),
    Means.SMS: pgettext_lazy("channel", "短信"),
    Means.WECOM: pgettext_lazy("channel", "企业微信"),
    Means.DINGTALK: pgettext_lazy("channel", "钉钉"),
    Means.FEISHU: pgettext_lazy("channel", "飞书"),
    Means.PHONE: pgettext_lazy("channel", "电话"),
    Means.VISIT: pgettext_lazy("channel", "上门"),
    Means.LETTER: pgettext_lazy("channel", "信函"),
    Means.LAWYER: _("律师函"),
    Means.SUIT: _("起诉"),
}
TRIGGERS: dict[str, Words] = {
    Trigger.DUE: _("到期日"),
    Trigger.BROKEN: _("承诺没有兑现"),
    Trigger.DISPUTE: _("争议结束"),
    Trigger.LIMITATION: _("诉讼时效届满"),
}
SENDERS: dict[str, Words] = {
    Sender.SYSTEM: pgettext_lazy("recipient", "系统"),
    Sender.SALESPERSON: pgettext_lazy("recipient", "业务员"),
    Sender.COLLECTOR: pgettext_lazy("recipient", "催收员"),
    Sender.FINANCE: pgettext_lazy("recipient", "财务"),
    Sender.LEGAL: pgettext_lazy("recipient", "法务"),
}
THEIRS: dict[str, Words] = {
    Their.FINANCE: pgettext_lazy("recipient", "对方财务"),
    Their.PURCHASING: pgettext_lazy("recipient", "对方采购"),
    Their.OWNER: pgettext_lazy("recipient", "对方负责人"),
}
OURS: dict[str, Words] = {
    Our.SALESPERSON: pgettext_lazy("recipient", "业务员"),
    Our.COLLECTOR: pgettext_lazy("recipient", "催收员"),
    Our.MANAGER: pgettext_lazy("recipient", "经理"),
    Our.LEGAL: pgettext_lazy("recipient", "法务"),
}
EFFECTS: dict[str, Words] = {
    Effect.STOP_CREDIT: _("终止临时额度"),
    Effect.HOLD_ORDERS: _("冻结客户，停止发货"),
    Effect.CHARGE_INTEREST: _("提出计收逾期违约金"),
}
SCOPES: dict[str, Words] = {
    Scope.SEGMENT: _("客户分类"),
    Scope.GRADE: _("信用等级"),
    Scope.REGION: _("地区"),
    Scope.GROUP: _("集团"),
    Scope.CUSTOMER: _("指定客户"),
}
REASONS: dict[str, Words] = {
    Reason.DONE: _("已经做过"),
    Reason.PAUSED: _("已暂停催收"),
    Reason.DISPUTED: _("有争议"),
    Reason.PROMISED: _("已承诺，或在还款计划里"),
    Reason.MONEY_CAME: _("钱已到账，等待核销"),
    Reason.BELOW_MINIMUM: _("低于起催金额"),
    Reason.SETTLED: _("欠款已结清"),
    Reason.NO_ADDRESS: _("没有可用的联系方式"),
    Reason.HELD_OUT: _("留作对照"),
    "bounced": _("邮件被退信，改为电话"),
}
CHARGE_STATES: dict[str, Words] = {
    "proposed": _("等待决定"),
    "charged": _("已计收"),
    "refused": _("不计收"),
    "withdrawn": pgettext_lazy("charge", "已撤回"),
}
ACTION_STATES: dict[str, Words] = {
    ActionState.PLANNED: pgettext_lazy("action", "待做"),
    ActionState.WAITING: _("等待同意"),
    ActionState.QUEUED: pgettext_lazy("action", "排队中"),
    ActionState.SENT: pgettext_lazy("contact", "已发出"),
    ActionState.FAILED: _("没有发出"),
    ActionState.UNKNOWN: _("不知是否送达"),
    ActionState.DONE: pgettext_lazy("action", "已完成"),
    ActionState.SKIPPED: pgettext_lazy("action", "已跳过"),
    ActionState.CANCELLED: pgettext_lazy("action", "已取消"),
}
