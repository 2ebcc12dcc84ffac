"""The address of the credit file."""

from __future__ import annotations

from django.urls import path

from huikuan.web.credit_file.views import credit_file

urlpatterns = [path("credit/customers/<uuid:key>/file.pdf", credit_file, name="customer-credit-file")]
