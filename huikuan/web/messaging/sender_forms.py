"""The form of a sender: what its provider needs, then limits, quiet hours and test mode."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from huikuan.messaging.models import Sender
from huikuan.messaging.operations import SenderData
from huikuan.messaging.rules import ROBOTS, MessageChannel

CHANNEL_OF = {
    "smtp": MessageChannel.EMAIL,
    "aliyun": MessageChannel.SMS,
    "tencent": MessageChannel.SMS,
    "gateway": MessageChannel.SMS,
    "wecom": MessageChannel.WECOM,
    "dingtalk": MessageChannel.DINGTALK,
    "feishu": MessageChannel.FEISHU,
}
SECURITIES = (
    ("starttls", _l("STARTTLS（587）")),
    ("tls", _l("TLS（465）")),
    ("none", _l("不加密（只用于本机）")),
)
# name → (label, kind, required, help): kinds are text, number, address, secret, json, and choices.
Wanted = tuple[str, Any, Any, bool, Any]  # labels are texts that are translated when they are shown
_KEYS: tuple[Wanted, ...] = (
    ("key_id", "AccessKey ID / SecretId", "secret", False, ""),
    ("key_secret", "AccessKey Secret / SecretKey", "secret", False, ""),
)
_TEMPLATE: tuple[Wanted, ...] = (
    ("sign_name", _l("短信签名"), "text", True, ""),
    ("template", _l("模板编号"), "text", True, _l("在服务商处审核通过的模板，正文是它唯一的变量。")),
)
WANTED: dict[str, tuple[Wanted, ...]] = {
    "smtp": (
        ("host", _l("发信服务器"), "text", True, ""),
        ("port", _l("端口"), "number", False, _l("不填则按加密方式：587 或 465。")),
        ("security", _l("加密"), SECURITIES, True, ""),
        ("user", _l("登录名"), "text", False, ""),
        ("password", _l("密码"), "secret", False, ""),
        ("reply_to", _l("回复地址"), "text", False, ""),
        (
            "imap_host",
            _l("收信服务器（IMAP）"),
            "text",
            False,
            _l("填写后读取回复和退信；登录名和密码同上。"),
        ),
        ("imap_port", _l("IMAP 端口"), "number", False, _l("不填则为 993。")),
        (
            "sent_folder",
            _l("已发送文件夹"),
            "text",
            False,
            _l("发信服务器会自动保存副本时填写，用来查询结果未知的邮件。"),
        ),
    ),
    "aliyun": (
        *_TEMPLATE,
        ("parameter", _l("模板变量名"), "text", False, _l("不填则为 content。")),
        *_KEYS,
    ),
    "tencent": (
        ("app_id", "SdkAppId", "text", True, ""),
        *_TEMPLATE,
        ("region", _l("地域"), "text", False, _l("不填则为 ap-guangzhou。")),
        *_KEYS,
    ),
    "gateway": (
        ("url", _l("网关地址"), "text", True, _l("必须是 https。")),
        ("format", _l("格式"), (("json", "JSON"), ("form", _l("表单"))), True, ""),
        (
            "fields",
            _l("字段"),
            "json",
            True,
            _l(
                'JSON，例如 {"mobile": "{phone}", "content": "{text}"}；可用 {phone} {text} {id} {key} {secret}。'
            ),
        ),
        ("code_field", _l("结果字段"), "text", False, _l("不填则为 code。")),
        ("code_good", _l("表示成功的值"), "text", False, _l("不填则为 0。")),
        ("reference_field", _l("流水号字段"), "text", False, ""),
        *_KEYS,
    ),
    **{
        robot: (
            (
                "webhook",
                _l("机器人的 Webhook 地址"),
                "secret",
                False,
                _l("在群的机器人设置里复制，以 https 开头。"),
            ),
            *((("secret", _l("加签密钥"), "secret", False, ""),) if robot != "wecom" else ()),
        )
        for robot in ("wecom", "dingtalk", "feishu")
    },
}
# Title → rows of fields that stand side by side; what a provider does not need is left out.
SECTIONS: tuple[tuple[Any, tuple[tuple[str, ...], ...]], ...] = (
    (_l("发件方"), (("code", "name"), ("from_address", "from_name"))),
    (
        _l("服务与登录"),
        (
            ("host",),
            ("port", "security"),
            ("user", "password"),
            ("app_id", "region"),
            ("sign_name", "template"),
            ("parameter",),
            ("url", "format"),
            ("fields",),
            ("code_field", "code_good", "reference_field"),
            ("key_id", "key_secret"),
            ("webhook",),
            ("secret",),
        ),
    ),
    (_l("回复与退信"), (("reply_to",), ("imap_host", "imap_port"), ("sent_folder",))),
    (
        _l("数量与时间"),
        (("rate_per_minute", "daily_cap"), ("quiet_from", "quiet_until"), ("quiet_rest_days",)),
    ),
    (_l("使用"), (("test_mode",), ("standard",), ("active",))),
)
OWN = (
    "name",
    "from_address",
    "from_name",
    "rate_per_minute",
    "daily_cap",
    "quiet_from",
    "quiet_until",
    "quiet_rest_days",
    "test_mode",
    "standard",
    "active",
)


class SenderForm(forms.Form):
    """A sender of one provider; secrets that are left empty stay as they are."""

    code = forms.CharField(
        label=_l("代码"), max_length=40, help_text=_l("小写字母和数字；群机器人用它作为地址。")
    )
    name = forms.CharField(label=_l("名称"), max_length=100)
    from_address = forms.EmailField(label=_l("发件地址"), max_length=254)
    from_name = forms.CharField(label=_l("发件人名称"), max_length=100, required=False)
    rate_per_minute = forms.IntegerField(label=_l("每分钟最多"), min_value=1, max_value=100_000, initial=60)
    daily_cap = forms.IntegerField(label=_l("每天最多"), min_value=1, max_value=10_000_000, initial=2000)
    quiet_from = forms.TimeField(
        label=_l("静默时段从"),
        initial="20:00",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    quiet_until = forms.TimeField(
        label=_l("到"),
        initial="08:00",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_l("可以跨过午夜；两个时间相同则没有静默时段。"),
    )
    quiet_rest_days = forms.BooleanField(
        label=_l("周末和法定节假日不发送"),
        required=False,
        initial=True,
        help_text=_l("调休的工作日照常发送。"),
    )
    test_mode = forms.BooleanField(
        label=_l("测试模式：什么都不发出"),
        required=False,
        initial=True,
        help_text=_l("消息照常排队和核对，到发送时记为未发送。"),
    )
    standard = forms.BooleanField(label=_l("这个渠道的消息由它发送"), required=False, initial=True)
    active = forms.BooleanField(label=_l("启用"), required=False, initial=True)

    def __init__(self, data: Any, *, provider: str, sender: Sender | None = None) -> None:
        self.provider, self.channel = provider, CHANNEL_OF[provider]
        super().__init__(data, initial=_initial(sender) if sender else None)
        if self.channel is not MessageChannel.EMAIL:
            del self.fields["from_address"], self.fields["from_name"]
        if self.channel in ROBOTS:
            del self.fields["standard"]
        if sender is not None:
            del self.fields["code"]
        for wanted in WANTED[provider]:
            self.fields[wanted[0]] = _field(wanted, known=bool(sender and wanted[0] in sender.secrets))
        self.order_fields([name for _title, rows in SECTIONS for row in rows for name in row])

    @property
    def sections(self) -> list[tuple[str, list[list[forms.BoundField]]]]:
        """The fields by what they are about, in rows."""
        found = []
        for title, rows in SECTIONS:
            there = [[self[name] for name in row if name in self.fields] for row in rows]
            if any(there):
                found.append((str(title), [row for row in there if row]))
        return found

    @property
    def optional(self) -> list[str]:
        """The fields that may stay empty."""
        return [name for name, field in self.fields.items() if not field.required]

    def clean_fields(self) -> Any:
        """The fields of a gateway are a JSON object of texts."""
        try:
            found = json.loads(self.cleaned_data["fields"])
        except ValueError as error:
            raise forms.ValidationError(_("不是有效的 JSON：%s") % error) from error
        if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
            raise forms.ValidationError(_("应是名称到文字的 JSON 对象。"))
        return found

    def sender_data(self, code: str = "") -> SenderData:
        """What was written, for the operation; only of a valid form."""
        values: Mapping[str, Any] = self.cleaned_data
        kinds = {wanted[0]: wanted[2] for wanted in WANTED[self.provider]}
        own = {name: values[name] for name in OWN if name in values}
        return SenderData(
            code=code or values["code"],
            channel=self.channel,
            provider=self.provider,
            settings={
                name: values[name]
                for name, kind in kinds.items()
                if kind != "secret" and values[name] not in ("", None)
            },
            secrets={name: values[name] for name, kind in kinds.items() if kind == "secret"},
            **own,
        )


def _initial(sender: Sender) -> dict[str, Any]:
    settings = dict(sender.settings)
    if "fields" in settings:
        settings["fields"] = json.dumps(settings["fields"], ensure_ascii=False)
    return {**settings, **{name: getattr(sender, name) for name in OWN}}


def _field(wanted: Wanted, *, known: bool) -> forms.Field:
    _name, label, kind, required, said = wanted
    if isinstance(kind, tuple):
        return forms.ChoiceField(label=label, choices=kind, help_text=said)
    if kind == "number":
        return forms.IntegerField(
            label=label, required=required, min_value=1, max_value=65535, help_text=said
        )
    if kind == "secret":
        hint = _("已保存；不填则不变。") if known else said
        return forms.CharField(
            label=label,
            required=False,
            max_length=1000,
            help_text=hint,
            widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        )
    if kind == "json":
        return forms.CharField(
            label=label,
            required=required,
            max_length=4000,
            help_text=said,
            widget=forms.Textarea(attrs={"rows": 3}),
        )
    return forms.CharField(label=label, required=required, max_length=300, help_text=said)
