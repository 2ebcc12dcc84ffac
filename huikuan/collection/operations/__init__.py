"""The only writers of collection: contacts, promises, repayment plans, who collects, policies and what they plan."""

from huikuan.collection.operations.agreeing import agree_to_actions, refuse_actions
from huikuan.collection.operations.assigning import assign_collector
from huikuan.collection.operations.cases import (
    CaseStep,
    NewCase,
    approve_case,
    lead_case,
    propose_case,
    propose_cases,
    remind_cases,
    take_case,
)
from huikuan.collection.operations.charging import charge_late, refuse_charge
from huikuan.collection.operations.contacts import (
    NewContact,
    correct_contact,
    post_contacts,
    record_contact,
    record_contacts,
    rule_on_limitation,
)
from huikuan.collection.operations.digests import send_digests
from huikuan.collection.operations.holding_out import set_hold_out
from huikuan.collection.operations.hours import Hours, save_hours
from huikuan.collection.operations.joint import answer_colleague, ask_colleague, hand_over, save_commission
from huikuan.collection.operations.judging import Judgement, judge_promises
from huikuan.collection.operations.judging_plans import PlanJudgement, judge_plans
from huikuan.collection.operations.letters import (
    NewLetter,
    ask_letters,
    drop_letters,
    print_letters,
    save_address,
)
from huikuan.collection.operations.pauses import end_item_pauses, end_pause, pause_collection, pause_items
from huikuan.collection.operations.plans import NewPlan, add_interest, make_plan, sign_plan, withdraw_plan
from huikuan.collection.operations.policies import (
    complete_policies,
    copy_policy,
    create_policy,
    discard_draft,
    drop_calendar_day,
    end_policy,
    put_in_force,
    save_calendar_day,
    save_calendar_days,
    save_draft,
)
from huikuan.collection.operations.posting_letters import Posted, post_letters, record_delivery, record_return
from huikuan.collection.operations.promises import (
    NewPromise,
    record_promise,
    record_promises,
    withdraw_promise,
)
from huikuan.collection.operations.running import RunResult, run_collection, run_held_back
from huikuan.collection.operations.settings import save_setting
from huikuan.collection.operations.settled import end_settled_tasks
from huikuan.collection.operations.sharing_out import save_assignment_rules, share_out
from huikuan.collection.operations.standings import fold_standings
from huikuan.collection.operations.templates import (
    NewLetterhead,
    NewTemplate,
    retire_template,
    save_letterhead,
    save_template,
)
from huikuan.collection.operations.warning_limitation import warn_of_limitation

__all__ = [
    "CaseStep",
    "Hours",
    "Judgement",
    "NewCase",
    "NewContact",
    "NewLetter",
    "NewLetterhead",
    "NewPlan",
    "NewPromise",
    "NewTemplate",
    "PlanJudgement",
    "Posted",
    "RunResult",
    "add_interest",
    "agree_to_actions",
    "answer_colleague",
    "approve_case",
    "ask_colleague",
    "ask_letters",
    "assign_collector",
    "charge_late",
    "complete_policies",
    "copy_policy",
    "correct_contact",
    "create_policy",
    "discard_draft",
    "drop_calendar_day",
    "drop_letters",
    "end_item_pauses",
    "end_pause",
    "end_policy",
    "end_settled_tasks",
    "fold_standings",
    "hand_over",
    "judge_plans",
    "judge_promises",
    "lead_case",
    "make_plan",
    "pause_collection",
    "pause_items",
    "post_contacts",
    "post_letters",
    "print_letters",
    "propose_case",
    "propose_cases",
    "put_in_force",
    "record_contact",
    "record_contacts",
    "record_delivery",
    "record_promise",
    "record_promises",
    "record_return",
    "refuse_actions",
    "refuse_charge",
    "remind_cases",
    "retire_template",
    "rule_on_limitation",
    "run_collection",
    "run_held_back",
    "save_address",
    "save_assignment_rules",
    "save_calendar_day",
    "save_calendar_days",
    "save_commission",
    "save_draft",
    "save_hours",
    "save_letterhead",
    "save_setting",
    "save_template",
    "send_digests",
    "set_hold_out",
    "share_out",
    "sign_plan",
    "take_case",
    "warn_of_limitation",
    "withdraw_plan",
    "withdraw_promise",
]
