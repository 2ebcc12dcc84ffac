"""The policy of a new organization: what is usually done in China as a trade debt grows old."""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

from huikuan.collection.stepping import Content, Effect, Means, Our, Sender, Step, Their

CODE = "standard"
NAME = gettext_noop("标准催收策略")

STEPS = (
    Step(
        name=gettext_noop("到期前 7 天提醒"),
        days=-7,
        channels=(Means.EMAIL,),
        template="reminder",
    ),
    Step(
        name=gettext_noop("到期前 3 天提醒"),
        days=-3,
        channels=(Means.EMAIL,),
        template="reminder",
    ),
    Step(
        name=gettext_noop("到期通知"),
        days=0,
        channels=(Means.EMAIL,),
        template="due",
        sender=Sender.SALESPERSON,
    ),
    Step(
        name=gettext_noop("逾期 1 天联系"),
        days=1,
        channels=(Means.PHONE, Means.WECOM),
        template="overdue",
        sender=Sender.SALESPERSON,
        ours=(Our.SALESPERSON,),
    ),
    Step(
        name=gettext_noop("逾期 7 天联系"),
        days=7,
        channels=(Means.PHONE, Means.WECOM),
        template="overdue",
        sender=Sender.SALESPERSON,
        ours=(Our.SALESPERSON,),
    ),
    Step(
        name=gettext_noop("第一次催款函"),
        days=15,
        channels=(Means.LETTER, Means.EMAIL),
        template="dunning_1",
        with_interest=True,
        sender=Sender.FINANCE,
        ours=(Our.SALESPERSON, Our.MANAGER),
        effects=(Effect.STOP_CREDIT,),
    ),
    Step(
        name=gettext_noop("第二次催款函，停止发货"),
        days=30,
        channels=(Means.LETTER, Means.EMAIL),
        template="dunning_2",
        with_interest=True,
        sender=Sender.FINANCE,
        ours=(Our.SALESPERSON, Our.MANAGER),
        effects=(Effect.HOLD_ORDERS,),
        needs_approval=True,
    ),
    Step(
        name=gettext_noop("上门，最后一次催款函"),
        days=60,
        channels=(Means.VISIT, Means.LETTER),
        template="dunning_3",
        with_interest=True,
        sender=Sender.COLLECTOR,
        theirs=(Their.OWNER, Their.FINANCE),
        ours=(Our.SALESPERSON, Our.COLLECTOR, Our.MANAGER),
        script=gettext_noop("核对欠款，听取原因，商定书面还款协议。"),
    ),
    Step(
        name=gettext_noop("律师函"),
        days=90,
        channels=(Means.LAWYER,),
        template="lawyer_cover",
        sender=Sender.LEGAL,
        theirs=(Their.OWNER,),
        ours=(Our.LEGAL, Our.MANAGER),
        needs_approval=True,
    ),
    Step(
        name=gettext_noop("诉讼或支付令"),
        days=180,
        channels=(Means.SUIT,),
        sender=Sender.LEGAL,
        theirs=(Their.OWNER,),
        ours=(Our.LEGAL, Our.MANAGER),
        needs_approval=True,
    ),
)

CONTENT = Content(steps=STEPS, priority=1000)
SHIPPED_NAMES = frozenset((NAME, *(step.name for step in STEPS)))


def shown_name(name: str) -> str:
    """A policy or a step in the reader's language where it is still called as shipped; a name of their own as it is."""
    return gettext(name) if name in SHIPPED_NAMES else name
