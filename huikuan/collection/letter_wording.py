"""What templates, their fields, couriers and languages are called, in the reader's language."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huikuan.collection.couriers import Courier
from huikuan.collection.template_fields import TemplateChannel

Words = str | Promise

TEMPLATE_CHANNELS: dict[str, Words] = {
    TemplateChannel.EMAIL: pgettext_lazy("channel", "邮件"),
    TemplateChannel.SMS: pgettext_lazy("channel", "短信"),
    TemplateChannel.IM: _("企业微信、钉钉、飞书"),
    TemplateChannel.LETTER: pgettext_lazy("channel", "信函"),
    TemplateChannel.PHONE: _("电话话术"),
    TemplateChannel.VISIT: _("上门提纲"),
}
LANGUAGES: dict[str, Words] = {"zh-hans": _("简体中文"), "zh-hant": _("繁体中文"), "en": _("英文")}
COURIERS: dict[str, Words] = {
    Courier.EMS: _("EMS 特快专递"),
    Courier.REGISTERED: _("邮政挂号信"),
    Courier.SF: _("顺丰"),
    Courier.OTHER: _("其他快递"),
    Courier.HAND: _("专人送达"),
}
TEMPLATE_FIELDS: dict[str, Words] = {
    "customer": _("客户名称"),
    "person": _("收件人"),
    "company": _("我方公司名称"),
    "sender": _("我方署名"),
    "phone": _("我方电话"),
    "account": _("收款账户"),
    "today": _("当天日期"),
    "number": _("信函编号"),
    "count": _("笔数"),
    "items": _("款项明细表"),
    "total": _("款项合计"),
    "words": _("大写金额"),
    "overdue": _("逾期金额"),
    "not_due": _("未到期金额"),
    "oldest_number": _("最早一笔的单据号"),
    "oldest_due": _("最早一笔的到期日"),
    "days": _("最长逾期天数"),
    "next_due": _("最近的付款日"),
    "deadline": _("付款期限"),
    "interest": _("逾期利息"),
    "promised_on": _("承诺付款日"),
    "promised": _("承诺金额"),
    "period": _("对账月份"),
}
