"""What channels, states, providers and reasons are called."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

CHANNELS: dict[str, str | Promise] = {
    "email": _("邮件"),
    "sms": _("短信"),
    "wecom": _("企业微信群"),
    "dingtalk": _("钉钉群"),
    "feishu": _("飞书群"),
}
STATES: dict[str, str | Promise] = {
    "queued": pgettext_lazy("message", "待发送"),
    "sending": pgettext_lazy("message", "发送中"),
    "sent": pgettext_lazy("message", "已发送"),
    "failed": pgettext_lazy("message", "发送失败"),
    "unknown": pgettext_lazy("message", "结果未知"),
    "cancelled": pgettext_lazy("message", "未发送"),
}
TONES = {
    "queued": "plain",
    "sending": "plain",
    "sent": "good",
    "failed": "bad",
    "unknown": "warn",
    "cancelled": "plain",
}
PURPOSES: dict[str, str | Promise] = {
    "reminder": pgettext_lazy("message", "提醒"),
    "notice": pgettext_lazy("message", "通知"),
}
PROVIDERS: dict[str, str | Promise] = {
    "smtp": _("SMTP 发信服务器"),
    "aliyun": _("阿里云短信"),
    "tencent": _("腾讯云短信"),
    "gateway": _("短信网关（HTTP）"),
    "wecom": _("企业微信群机器人"),
    "dingtalk": _("钉钉群机器人"),
    "feishu": _("飞书群机器人"),
}
FINDINGS: dict[str, str | Promise] = {
    "": pgettext_lazy("message", "发送中"),
    "sent": pgettext_lazy("message", "已发送"),
    "retry": _("没有发出，稍后再试"),
    "failed": pgettext_lazy("message", "发送失败"),
    "unknown": pgettext_lazy("message", "结果未知"),
    "test": _("测试模式，没有发出"),
}
FINDING_TONES = {"sent": "good", "failed": "bad", "unknown": "warn"}
ATTEMPTS: dict[str, str | Promise] = {
    "send": pgettext_lazy("attempt", "发送"),
    "ask": _("查询"),
    "person": _("人工确认"),
    "late": _("迟到的回报"),
}
INBOUND: dict[str, str | Promise] = {
    "reply": pgettext_lazy("message", "回复"),
    "bounce": _("退信"),
    "delay": _("投递延迟"),
}
REASONS: dict[str, str | Promise] = {
    "held_back": _("发送前核对时不再需要"),
    "withdrawn": _("不再需要"),
    "person": _("人工决定"),
    "test_mode": _("测试模式"),
    "unsubscribed": _("对方已退订"),
    "bounced": _("地址被退信，不再发送"),
    "address_unusable": _("地址无效"),
    "attachment_missing": _("附件已移除"),
    "given_up": _("多次尝试都没有发出"),
    "worker_lost": _("发送中断，不知道是否已发出"),
    "not_told": _("已发出，但没有记录为证据"),
    "timeout_after_data": _("交给服务器后没有回应"),
    "connection_lost_after_data": _("交给服务器后连接中断"),
    "timeout": _("对方没有回应"),
    "connection_lost": _("连接中断"),
    "no_connection": _("连不上服务器"),
    "channel_error": _("渠道出错"),
    "cannot_compose": _("邮件无法生成"),
    "file_missing": _("附件在数据文件夹中找不到"),
    "file_altered": _("附件被改动过"),
    "rate": _("达到每分钟上限"),
    "daily_cap": _("达到每天上限"),
    "quiet": _("静默时段"),
    "unknown_provider": _("没有这种服务商"),
}


def word(words: dict[str, str | Promise], code: str) -> str:
    """What a code is called; one that is not known is its own name."""
    return str(words.get(code, code))


def reason_words(code: str) -> str:
    """Why a message was not sent; a code of the channel as it is, a mail server's (RFC 5321 §4.2) with a word."""
    if len(code) == 3 and code.isdigit() and code[0] in "45":
        return gettext("对方拒收（%s）") % code
    return word(REASONS, code)
