from django.urls import path

from huikuan.web.customers import views

urlpatterns = [
    path("", views.customers, name="customers"),
    path("<uuid:key>/", views.customer, name="customer"),
    path("<uuid:key>/contacts/", views.reveal_contacts, name="customer-contacts"),
]
