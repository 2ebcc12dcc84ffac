"""Pages of policies: written without a word of code, compared, simulated, run, agreed to, and paused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from huikuan.collection.models import CollectionAction, CollectionPolicy, CollectionRun, Pause, PolicyVersion
from huikuan.collection.operations import complete_policies, put_in_force, save_draft
from huikuan.collection.policy_queries import content_of
from huikuan.collection.stepping import Means
from tests.web.people import member, seller, signed_in

pytestmark = pytest.mark.django_db


def text(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, url
    return answer.content.decode()


@pytest.fixture
def owing(books: Any) -> Any:
    user, salesperson = seller(books.organization)
    books.customer("C1", name="华东机械", salesperson=salesperson, segment="重点")
    books.customer("C2", name="南方电气")
    for code, late in (("C1", 1), ("C2", 90)):
        due = (date.today() - timedelta(days=late)).isoformat()
        books.invoice(
            f"F-{code}", (date.today() - timedelta(days=150)).isoformat(), "3000", due=due, customer=code
        )
    home = f"/o/{books.organization.code}/collection/"
    manager = signed_in(member(books.organization, "finance_manager", name="孙经理"))
    return books, home, manager, signed_in(user)


def typed(**values: Any) -> dict[str, Any]:
    return {
        "code": "key", "name": "重点客户", "priority": "10", "minimum": "100", "window": "5", "segments": ["重点"],
        "weekdays": list("1234567"), "quiet_from": "20:00", "quiet_to": "08:00", "steps": "2",
        "step-0-name": "打电话", "step-0-trigger": "due", "step-0-days": "1", "step-0-channels": ["phone"],
        "step-0-sender": "salesperson", "step-1-trigger": "due", "step-1-sender": "system",
    } | values  # fmt: skip


def test_a_policy_is_written_changed_compared_and_put_in_force(owing: Any) -> None:
    books, home, manager, sales = owing
    complete_policies(actor=books.actor, in_force=True)
    assert "标准催收策略" in text(manager, f"{home}policies/") and "逾期 15 天" in text(
        manager, f"{home}policies/{CollectionPolicy.objects.get().pk}/"
    )
    assert sales.get(f"{home}policies/new/").status_code == 403
    wrong = manager.post(f"{home}policies/new/", typed(quiet_from="23:00"))
    assert wrong.status_code == 422 and "22:00" in wrong.content.decode()
    wrong = manager.post(f"{home}policies/new/", typed(**{"step-0-channels": []}))
    assert wrong.status_code == 422 and "打电话" in wrong.content.decode()
    unknown = manager.post(f"{home}policies/new/", typed(customers="C1\nNONE"))
    assert unknown.status_code == 422 and "NONE" in unknown.content.decode()
    answer = manager.post(f"{home}policies/new/", typed(**{"try": ""}))
    policy = CollectionPolicy.objects.get(code="key")
    draft = PolicyVersion.objects.get(policy=policy)
    assert answer.status_code == 302 and "simulate" in answer["Location"]
    assert [step.channels for step in content_of(draft).steps] == [(Means.PHONE,)]
    activate = f"{home}policies/{draft.pk}/activate/"
    assert "启用" in text(manager, activate)
    past = manager.post(activate, {"starts_on": (date.today() - timedelta(days=1)).isoformat()})
    assert past.status_code == 422
    assert manager.post(activate, {"starts_on": date.today().isoformat()}).status_code == 302
    key = content_of(draft).steps[0].key
    manager.post(f"{home}policies/{policy.pk}/edit/", typed(priority="20", **{"step-0-key": str(key)}))
    second = PolicyVersion.objects.get(policy=policy, number=2)
    assert second.starts_on is None and content_of(second).steps[0].key == key
    compared = text(manager, f"{home}policies/{policy.pk}/compare/")
    assert "优先级" in compared and ">10<" in compared and ">20<" in compared
    copied = manager.post(f"{home}policies/{policy.pk}/copy/", {"code": "other", "name": "另一个"})
    assert copied.status_code == 302 and CollectionPolicy.objects.filter(code="other").exists()
    manager.post(f"{home}policies/{policy.pk}/discard/")
    assert not PolicyVersion.objects.filter(pk=second.pk).exists()
    manager.post(f"{home}policies/{policy.pk}/end/", {"starts_on": date.today().isoformat()})
    assert PolicyVersion.objects.get(pk=draft.pk).ends_on == date.today()


@pytest.mark.django_db(transaction=True)
def test_a_simulation_shows_who_gets_what_to_whom_it_may(owing: Any) -> None:
    books, home, manager, sales = owing
    complete_policies(actor=books.actor, in_force=True)
    url = f"{home}policies/{CollectionPolicy.objects.get().pk}/simulate/"
    page = text(manager, url)
    assert "华东机械" in page and "南方电气" in page and "weeks-chart" in page
    assert "南方电气" not in text(sales, url) and "华东机械" in text(sales, url)
    assert "起止日期" in text(manager, f"{url}?since=2026-05-01&until=2026-01-01")
    assert not CollectionRun.objects.exists()


def test_runs_and_agreement(owing: Any) -> None:
    books, home, manager, sales = owing
    complete_policies(actor=books.actor, in_force=True)
    version = PolicyVersion.objects.get()
    every_day = replace(content_of(version), workdays_only=False)
    draft = save_draft(version.policy_id, every_day, actor=books.actor)
    put_in_force(draft.pk, starts_on=date.today(), actor=books.actor, today=date.today())
    assert manager.post(f"{home}runs/now/").status_code == 302
    found = CollectionRun.objects.get()
    assert str(found.planned) in text(manager, f"{home}runs/")
    page = text(manager, f"{home}runs/{found.pk}/")
    waiting = list(CollectionAction.objects.filter(state="waiting_approval"))
    assert found.planned == 2
    assert "华东机械" in page and "南方电气" in page and len(waiting) == 1
    assert "南方电气" in text(manager, f"{home}waiting/")
    assert "南方电气" not in text(sales, f"{home}waiting/")
    assert sales.post(f"{home}waiting/", {"item": str(waiting[0].pk), "decision": "agree"}).status_code == 403
    manager.post(f"{home}waiting/", {"item": str(waiting[0].pk), "decision": "refuse", "reason": ""})
    assert CollectionAction.objects.get(pk=waiting[0].pk).state == "waiting_approval"
    manager.post(f"{home}waiting/", {"item": ["x", str(waiting[0].pk)], "decision": "agree"})
    agreed = CollectionAction.objects.get(pk=waiting[0].pk)
    assert (agreed.channel, agreed.state) == ("lawyer", "done"), "its case is prepared"
    assert "逾期 1 天联系" in text(manager, f"{home}{books.customer('C1').pk}/")
    assert text(manager, f"{home}runs/{found.pk}/?part=left_out")


def test_a_customer_is_left_alone_for_a_while(owing: Any) -> None:
    books, home, _manager, sales = owing
    mine = books.customer("C1").pk
    until = (date.today() + timedelta(days=10)).isoformat()
    assert sales.post(f"{home}{mine}/pause/", {"until_on": until, "reason": "谈判中"}).status_code == 302
    found = Pause.objects.get()
    assert "谈判中" in text(sales, f"{home}{mine}/")
    assert (
        sales.post(f"{home}{books.customer('C2').pk}/pause/", {"until_on": until, "reason": "x"}).status_code
        == 404
    )
    sales.post(f"{home}pauses/{found.pk}/resume/")
    assert Pause.objects.get().ended_on == date.today()
