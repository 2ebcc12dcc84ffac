from django.urls import path

from huikuan.web.customers import views
from huikuan.web.customers.listing import CUSTOMERS
from huikuan.web.lists.views import list_urls

urlpatterns = [
    path("", views.customers, name="customers"),
    *list_urls(CUSTOMERS),
    path("lookup/", views.lookup, name="customer-lookup"),
    path("<uuid:key>/", views.customer, name="customer"),
    path("<uuid:key>/contacts/", views.reveal_contacts, name="customer-contacts"),
    path("<uuid:key>/phones", views.reveal_phones, name="customer-phones"),
    path("<uuid:key>/payments", views.payments, name="customer-payments"),
    path("<uuid:key>/timeline", views.timeline, name="customer-timeline"),
]
