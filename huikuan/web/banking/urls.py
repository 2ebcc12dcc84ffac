from django.urls import path

from huikuan.web.banking import accounts, line, lines, reconciliation, statements, uploads
from huikuan.web.lists.views import list_urls

urlpatterns = [
    path("bank/", accounts.accounts, name="bank"),
    path("bank/accounts/new/", accounts.add, name="bank-account-new"),
    path("bank/accounts/<uuid:key>/", accounts.account, name="bank-account"),
    path("bank/accounts/<uuid:key>/edit/", accounts.edit, name="bank-account-edit"),
    path(
        "bank/accounts/<uuid:key>/reconciliation/", reconciliation.page_of_month, name="bank-reconciliation"
    ),
    path("bank/upload/", uploads.upload, name="bank-upload"),
    path("bank/statements/", statements.statements, name="bank-statements"),
    *list_urls(statements.STATEMENTS, "bank/statements/"),
    path("bank/lines/", lines.lines, name="bank-lines"),
    *list_urls(lines.LINES, "bank/lines/"),
    path("bank/lines/<uuid:key>/", line.line, name="bank-line"),
]
