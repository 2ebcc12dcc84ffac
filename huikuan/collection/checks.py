"""What must hold of collection: the list that `huikuan check` runs over it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import Validation
from huikuan.collection.charge_checks import CHARGE_VALIDATIONS
from huikuan.collection.chased import OVERDUE

COLLECTION_VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "contact_claims_what_its_rows_say",
        _("联系记录的催收金额 %(claimed)s 不等于所列单据之和 %(rows)s。"),
        """
        SELECT 'collection_contact' AS record_kind, k.id AS record_id, k.made_on::text AS number, k.claimed,
               coalesce(c.amount, 0) AS rows
        FROM collection_contact k
        LEFT JOIN (
            SELECT contact_id, sum(open_base) AS amount FROM collection_claim
            WHERE organization_id = %(organization)s GROUP BY contact_id
        ) c ON c.contact_id = k.id
        WHERE k.organization_id = %(organization)s AND k.claimed <> coalesce(c.amount, 0)
        """,
    ),
    Validation(
        "promise_stays_within_its_items",
        _("承诺金额 %(amount)s 大于所列单据当时未核销的 %(open)s。"),
        """
        SELECT 'payment_promise' AS record_kind, p.id AS record_id, p.promised_on::text AS number, p.amount,
               coalesce(q.amount, 0) AS open
        FROM collection_promise p
        LEFT JOIN (
            SELECT promise_id, sum(open_amount) AS amount FROM collection_promised_item
            WHERE organization_id = %(organization)s GROUP BY promise_id
        ) q ON q.promise_id = p.id
        WHERE p.organization_id = %(organization)s AND p.amount > coalesce(q.amount, 0)
        """,
    ),
    Validation(
        "open_promise_holds_its_items",
        _("没有到期的承诺没有占用它的单据。"),
        """
        SELECT 'payment_promise' AS record_kind, p.id AS record_id, p.promised_on::text AS number
        FROM collection_promise p
        WHERE p.organization_id = %(organization)s AND p.state = 'open' AND p.judged_on IS NULL AND EXISTS (
            SELECT FROM collection_promised_item q
            WHERE q.organization_id = %(organization)s AND q.promise_id = p.id AND NOT q.live)
        """,
    ),
    Validation(
        "plan_is_the_sum_of_its_parts",
        _("还款计划合计 %(total)s，各期之和 %(parts)s，所列单据当时未核销 %(claimed)s。"),
        """
        SELECT 'repayment_plan' AS record_kind, p.id AS record_id, p.made_on::text AS number, p.total,
               coalesce(t.amount, 0) AS parts, coalesce(q.amount, 0) AS claimed
        FROM collection_plan p
        LEFT JOIN (
            SELECT plan_id, sum(amount) AS amount FROM collection_plan_instalment
            WHERE organization_id = %(organization)s GROUP BY plan_id
        ) t ON t.plan_id = p.id
        LEFT JOIN (
            SELECT plan_id, sum(open_amount) AS amount FROM collection_planned_item
            WHERE organization_id = %(organization)s AND NOT interest GROUP BY plan_id
        ) q ON q.plan_id = p.id
        WHERE p.organization_id = %(organization)s
          AND (p.total <> coalesce(t.amount, 0) OR p.claimed <> coalesce(q.amount, 0))
        """,
    ),
    Validation(
        "plan_in_force_holds_its_items",
        _("生效的还款计划没有占用它的单据，或已结束的计划仍占用。"),
        """
        SELECT 'repayment_plan' AS record_kind, p.id AS record_id, p.made_on::text AS number
        FROM collection_plan p
        WHERE p.organization_id = %(organization)s AND EXISTS (
            SELECT FROM collection_planned_item q
            WHERE q.organization_id = %(organization)s AND q.plan_id = p.id
              AND q.live <> (p.state IN ('open', 'kept')))
        """,
    ),
    Validation(
        "letter_claims_what_its_rows_say",
        _("信函催收 %(claimed)s，所列单据之和 %(rows)s，联系记录 %(said)s。"),
        """
        SELECT 'collection_letter' AS record_kind, l.id AS record_id, l.number, l.claimed,
               coalesce(i.amount, 0) AS rows, k.claimed AS said
        FROM collection_letter l
        LEFT JOIN (
            SELECT letter_id, sum(open_base) AS amount FROM collection_letter_item
            WHERE organization_id = %(organization)s GROUP BY letter_id
        ) i ON i.letter_id = l.id
        LEFT JOIN collection_contact k ON k.organization_id = %(organization)s AND k.id = l.contact_id
        WHERE l.organization_id = %(organization)s
          AND (l.claimed <> coalesce(i.amount, 0) OR l.claimed <> coalesce(k.claimed, l.claimed))
        """,
    ),
    Validation(
        "letter_numbers_have_no_gaps",
        _("%(number)s 年用到第 %(last)s 号，打印的信函有 %(letters)s 封。"),
        """
        SELECT 'letter_counter' AS record_kind, c.id AS record_id, c.year::text AS number, c.last,
               count(l.id) AS letters
        FROM collection_letter_counter c
        LEFT JOIN collection_letter l
            ON l.organization_id = %(organization)s AND starts_with(l.number, 'CK' || c.year || '-')
        WHERE c.organization_id = %(organization)s
        GROUP BY c.id, c.year, c.last HAVING c.last <> count(l.id)
        """,
    ),
    Validation(
        "case_claims_what_its_rows_say",
        _("案件的主张金额 %(claimed)s 不等于所列单据之和 %(rows)s，或费用与记录不符。"),
        """
        SELECT 'legal_case' AS record_kind, k.id AS record_id, k.prepared_on::text AS number, k.claimed,
               coalesce(c.amount, 0) AS rows
        FROM collection_case k
        LEFT JOIN (
            SELECT case_id, sum(open_base) AS amount FROM collection_case_item
            WHERE organization_id = %(organization)s GROUP BY case_id
        ) c ON c.case_id = k.id
        LEFT JOIN (
            SELECT case_id, sum(amount) AS fees FROM collection_case_event
            WHERE organization_id = %(organization)s GROUP BY case_id
        ) e ON e.case_id = k.id
        WHERE k.organization_id = %(organization)s
          AND (k.claimed <> coalesce(c.amount, 0) OR k.fees <> coalesce(e.fees, 0))
        """,
    ),
    Validation(
        "contact_is_as_it_was_recorded",
        _("联系记录与登记时的摘要不符，内容被改过。"),
        # What rules.digest covers (operations.contacts.recorded), written as that JSON: keys in order, no blanks.
        """
        SELECT 'collection_contact' AS record_kind, k.id AS record_id, k.made_on::text AS number
        FROM collection_contact k
        LEFT JOIN (
            SELECT contact_id, string_agg(
                       '[' || to_json(number::text) || ',"' || coalesce(due_on::text, '') || '","' || currency || '","'
                       || round(open_amount, 4) || '","' || item_id || '"]', ','
                       ORDER BY number COLLATE "C", coalesce(due_on::text, '') COLLATE "C", currency COLLATE "C",
                                round(open_amount, 4)::text COLLATE "C", item_id::text COLLATE "C") AS rows
            FROM collection_claim WHERE organization_id = %(organization)s GROUP BY contact_id
        ) c ON c.contact_id = k.id
        WHERE k.organization_id = %(organization)s AND k.digest <> encode(sha256(convert_to(
            '{"channel":"' || k.channel || '","claims":[' || coalesce(c.rows, '') || '],"customer":"' || k.customer_id
            || '","direction":"' || k.direction || '","made_at":"' || round(extract(epoch FROM k.made_at), 6)
            || '",' || CASE WHEN k.mail_id IS NULL THEN '' ELSE '"mail":"' || k.mail_id || '",' END
            || '"member":' || to_json(k.member_name::text) || ',"next":["' || k.next_step || '","'
            || coalesce(k.next_on::text, '') || '"],"person":' || to_json(k.person_name::text) || ',"proof":["'
            || k.proof || '","' || coalesce(k.proof_on::text, '') || '"],'
            || CASE WHEN k.recording = '' THEN '' ELSE '"recording":' || to_json(k.recording::text) || ',' END
            || '"result":"' || k.result || '","supersedes":"'
            || coalesce(k.supersedes_id::text, '') || '","text":' || to_json(k.text::text) || '}', 'UTF8')), 'hex')
        """,
    ),
    Validation(
        "action_holds_its_items",
        _("催收动作写着 %(items)s 笔单据，实际有 %(rows)s 笔。"),
        """
        SELECT 'collection_action' AS record_kind, a.id AS record_id, a."on"::text AS number, a.items,
               coalesce(i.rows, 0) AS rows
        FROM collection_action a
        LEFT JOIN (
            SELECT action_id, count(*) AS rows FROM collection_action_item
            WHERE organization_id = %(organization)s GROUP BY action_id
        ) i ON i.action_id = a.id
        WHERE a.organization_id = %(organization)s AND a.lead_id IS NULL AND a.items <> coalesce(i.rows, 0)
        """,
    ),
    Validation(
        "what_was_sent_is_evidence",
        _("发给客户的催收消息没有联系记录。"),
        """
        SELECT 'collection_action' AS record_kind, a.id AS record_id, a."on"::text AS number
        FROM collection_action a
        WHERE a.organization_id = %(organization)s AND a.state = 'sent' AND a.contact_id IS NULL
          AND a.channel IN ('email', 'sms')
        """,
    ),
    Validation(
        "standing_is_what_is_overdue",
        _("催收汇总写着逾期 %(overdue)s，%(items)s 笔；按明细为 %(counted)s，%(rows)s 笔。"),
        f"""
        SELECT 'customer' AS record_kind, s.id AS record_id, c.code AS number, s.overdue, s.items, l.counted, l.rows
        FROM collection_standing s
        JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = s.id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(open_base), 0) AS counted, count(*) AS rows
            FROM ({OVERDUE.replace("%(today)s", "s.counted_on")} AND i.customer_id = s.id) i WHERE open_base > 0
        ) l
        WHERE s.organization_id = %(organization)s AND (s.overdue, s.items) <> (l.counted, l.rows) AND NOT EXISTS (
            SELECT FROM collection_touched t
            WHERE t.organization_id = %(organization)s AND t.customer_id = s.id)
        """,
    ),
    *CHARGE_VALIDATIONS,
)
