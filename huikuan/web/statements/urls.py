from django.urls import path

from huikuan.web.lists.views import list_urls
from huikuan.web.statements import answer, batch, board, compare, result, statement

urlpatterns = [
    path("", board.board, name="statements"),
    *list_urls(board.STATEMENTS),
    path("draft", batch.draft, name="statements-draft"),
    path("reminders", batch.reminders, name="statement-reminders"),
    path("confirmation", batch.confirmation, name="confirmation-new"),
    path("batches/", batch.batches, name="statement-batches"),
    path("batches/<uuid:key>/", batch.batch, name="statement-batch"),
    path("batches/<uuid:key>/progress", batch.batch_progress, name="statement-batch-progress"),
    path("batches/<uuid:key>/send", batch.batch_send, name="statement-batch-send"),
    path("batches/<uuid:key>/batch.pdf", batch.batch_pdf, name="statement-batch-pdf"),
    path("batches/<uuid:key>/batch.xlsx", batch.batch_file, name="statement-batch-file"),
    path("differences/<uuid:key>/dispute", statement.difference_dispute, name="statement-dispute"),
    path("compare/", compare.reconciliations, name="reconciliations"),
    path("compare/new", compare.new, name="reconciliation-new"),
    path("compare/list/<uuid:file>/", compare.columns, name="reconciliation-map"),
    path("compare/<uuid:key>/", result.result, name="reconciliation"),
    path("compare/<uuid:key>/result.xlsx", result.result_file, name="reconciliation-file"),
    path("<uuid:key>/", statement.statement, name="statement"),
    path("<uuid:key>/statement.pdf", statement.statement_pdf, name="statement-pdf"),
    path("<uuid:key>/statement.xlsx", statement.statement_file, name="statement-file"),
    path("<uuid:key>/send", statement.statement_send, name="statement-send"),
    path("<uuid:key>/answer", answer.answer, name="statement-answer"),
    path("<uuid:key>/withdraw", statement.statement_withdraw, name="statement-withdraw"),
    path("<uuid:key>/compare", compare.compare_statement, name="statement-compare"),
]
