from django.urls import path

from huikuan.web.ledger import documents, due, ends, items, register, revaluation
from huikuan.web.lists.views import list_urls

urlpatterns = [
    path("items/", items.items, name="items"),
    *list_urls(items.ITEMS, "items/"),
    path("due/", due.due, name="due"),
    *list_urls(due.DUE, "due/"),
    path("revaluation/", revaluation.revaluation, name="revaluation"),
    path("revaluation/<str:month>/undo/", revaluation.revaluation_undo, name="revaluation-undo"),
    path("documents/", register.documents, name="documents"),
    *list_urls(register.DOCUMENTS, "documents/"),
    path("documents/<uuid:key>/", documents.document, name="document"),
    path("documents/<uuid:key>/allocate/", documents.allocate_document, name="document-allocate"),
    path(
        "documents/<uuid:key>/allocations/<uuid:allocation>/undo/",
        documents.unallocate_document,
        name="document-unallocate",
    ),
    path("documents/<uuid:key>/write-off/", ends.write_off_document, name="document-write-off"),
    path("documents/<uuid:key>/refund/", ends.refund_document, name="document-refund"),
    path("documents/<uuid:key>/void/", ends.void_document, name="document-void"),
]
