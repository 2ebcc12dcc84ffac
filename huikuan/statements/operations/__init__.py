"""The only writers of statements."""

from huikuan.statements.operations.answering import (
    NewAnswer,
    NewDifference,
    dispute_difference,
    record_answer,
    record_answers,
)
from huikuan.statements.operations.comparing import NewReconciliation, compare_list, keep_list
from huikuan.statements.operations.drafting import NewBatch, draft_statements, withdraw_statements
from huikuan.statements.operations.sending import (
    Sending,
    post_statements,
    remind_statements,
    save_setting,
    send_statements,
)

__all__ = [
    "NewAnswer",
    "NewBatch",
    "NewDifference",
    "NewReconciliation",
    "Sending",
    "compare_list",
    "dispute_difference",
    "draft_statements",
    "keep_list",
    "post_statements",
    "record_answer",
    "record_answers",
    "remind_statements",
    "save_setting",
    "send_statements",
    "withdraw_statements",
]
