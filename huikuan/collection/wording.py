"""What channels, results, steps, proofs and points are called."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huikuan.collection.instalments import PlanState
from huikuan.collection.points import Signal
from huikuan.collection.rules import Channel, Direction, NextStep, PromiseState, Proof, Result
from huikuan.collection.sharing import Hands
from huikuan.collection.stages import CaseKind, Stage

Words = str | Promise

CHANNELS: dict[str, Words] = {
    Channel.PHONE: pgettext_lazy("channel", "电话"),
    Channel.VISIT: pgettext_lazy("channel", "上门"),
    Channel.MEETING: pgettext_lazy("channel", "会谈"),
    Channel.WECOM: pgettext_lazy("channel", "企业微信"),
    Channel.DINGTALK: pgettext_lazy("channel", "钉钉"),
    Channel.FEISHU: pgettext_lazy("channel", "飞书"),
    Channel.EMAIL: pgettext_lazy("channel", "邮件"),
    Channel.LETTER: pgettext_lazy("channel", "信函"),
    Channel.SMS: pgettext_lazy("channel", "短信"),
}
DIRECTIONS: dict[str, Words] = {Direction.OUT: _("我方联系对方"), Direction.IN: _("对方联系我方")}
RESULTS: dict[str, Words] = {
    Result.REACHED: _("已联系上"),
    Result.NOT_REACHED: _("未联系上"),
    Result.PROMISED: _("承诺付款"),
    Result.PAID_SAYS: _("称已付款"),
    Result.CALL_BACK: _("稍后再联系"),
    Result.DISPUTED: _("提出异议"),
    Result.REFUSED: _("拒绝付款"),
    Result.ACKNOWLEDGED: _("确认欠款"),
    Result.SENT: pgettext_lazy("contact", "已发出"),
}
STEPS: dict[str, Words] = {
    NextStep.CALL: _("再打电话"),
    NextStep.VISIT: _("上门拜访"),
    NextStep.WRITE: _("发邮件或消息"),
    NextStep.LETTER: _("寄催款函"),
    NextStep.STATEMENT: _("发对账单"),
    NextStep.CHECK_MONEY: _("查是否到账"),
    NextStep.ANSWER_DISPUTE: _("答复异议"),
    NextStep.ESCALATE: _("上报经理"),
    NextStep.LEGAL: _("移交法务"),
}
PROOFS: dict[str, Words] = {
    Proof.NONE: pgettext_lazy("proof", "没有"),
    Proof.RECORDING: _("录音"),
    Proof.REPLY: _("对方的书面回复"),
    Proof.DELIVERED: _("签收或投递证明"),
    Proof.AGREED_ADDRESS: _("发到了约定的地址"),
    Proof.SIGNED: _("对方签字或盖章"),
}
STATES: dict[str, Words] = {
    PromiseState.OPEN: pgettext_lazy("promise", "待兑现"),
    PromiseState.KEPT: pgettext_lazy("promise", "已兑现"),
    PromiseState.PARTLY: pgettext_lazy("promise", "部分兑现"),
    PromiseState.BROKEN: pgettext_lazy("promise", "未兑现"),
    PromiseState.WITHDRAWN: pgettext_lazy("promise", "已撤回"),
}
PLAN_STATES: dict[str, Words] = {
    PlanState.DRAFT: pgettext_lazy("plan", "待签署"),
    PlanState.OPEN: pgettext_lazy("plan", "履行中"),
    PlanState.KEPT: pgettext_lazy("plan", "已付清"),
    PlanState.PARTLY: pgettext_lazy("plan", "违约，付了一部分"),
    PlanState.BROKEN: pgettext_lazy("plan", "违约"),
    PlanState.WITHDRAWN: pgettext_lazy("plan", "已终止"),
}
CASE_KINDS: dict[str, Words] = {
    CaseKind.LETTER: _("律师函"),
    CaseKind.SUIT: pgettext_lazy("case", "诉讼"),
    CaseKind.ORDER: _("支付令"),
    CaseKind.ARBITRATION: _("仲裁"),
}
STAGES: dict[str, Words] = {
    Stage.PREPARED: pgettext_lazy("stage", "待批准"),
    Stage.APPROVED: pgettext_lazy("stage", "已批准"),
    Stage.LETTER_SENT: pgettext_lazy("stage", "已发律师函"),
    Stage.FILED: pgettext_lazy("stage", "已提交立案"),
    Stage.ACCEPTED: pgettext_lazy("stage", "已受理"),
    Stage.HEARING: pgettext_lazy("stage", "开庭"),
    Stage.JUDGMENT: pgettext_lazy("stage", "已裁判"),
    Stage.ENFORCEMENT: pgettext_lazy("stage", "强制执行"),
    Stage.CLOSED: pgettext_lazy("stage", "已结案"),
}
HANDS: dict[str, Words] = {
    Hands.SALES: pgettext_lazy("hands", "销售"),
    Hands.FINANCE: pgettext_lazy("hands", "财务"),
    Hands.JOINT: pgettext_lazy("hands", "销售与财务共同"),
    Hands.LEGAL: pgettext_lazy("hands", "法务"),
}
SIGNALS: dict[str, Words] = {
    Signal.AMOUNT: _("逾期金额"),
    Signal.AGE: _("最长逾期天数"),
    Signal.GROWN: _("上次联系后逾期增加"),
    Signal.BROKEN: _("上次承诺没有兑现"),
    Signal.DUE_TODAY: _("承诺今天付款或已到期"),
    Signal.LIMITATION: _("诉讼时效将满"),
    Signal.SILENCE: _("多天没有联系"),
    Signal.STEP_DUE: _("约定的下一步到期"),
    Signal.HELD: _("有订单因信用暂缓"),
    Signal.REACHABLE: _("现在容易联系上"),
    Signal.UNLIKELY: _("付款模型预计短期收不回"),
    Signal.ALONE: _("付款模型预计自己会付"),
    Signal.AWAY: _("现在不便联系"),
    Signal.PROMISED: _("已承诺，还没到日子"),
    Signal.LATER: _("约定了以后再联系"),
}


def word(words: dict[str, Words], code: str) -> str:
    """What a code is called in the reader's language; the code itself where nobody named it."""
    return str(words.get(code, code))
