from django.urls import path

from huikuan.web.approvals import delegation, listing, views
from huikuan.web.lists.views import list_urls

urlpatterns = [
    path("approvals/", listing.approvals, name="approvals"),
    *list_urls(listing.APPROVALS, "approvals/"),
    path("approvals/<uuid:key>/", views.approval, name="approval"),
    path("approvals/delegation/", delegation.delegation, name="delegation"),
]
