from django.urls import path

from huikuan.web.lists.views import list_urls
from huikuan.web.sales import (
    billing,
    credits,
    deliveries,
    interest,
    invoice_form,
    invoices,
    order_acts,
    orders,
    products,
)

urlpatterns = [
    path("products/", products.products, name="products"),
    *list_urls(products.PRODUCTS, "products/"),
    path("products/add/", products.product_add, name="product-add"),
    path("products/<uuid:key>/", products.product, name="product"),
    path("orders/", orders.orders, name="orders"),
    *list_urls(orders.ORDERS, "orders/"),
    path("orders/add/", order_acts.order_add, name="order-add"),
    path("orders/<uuid:key>/", orders.order, name="order"),
    path("orders/<uuid:key>/deliver/", order_acts.order_deliver, name="order-deliver"),
    path("orders/<uuid:key>/change/", order_acts.order_change, name="order-change"),
    path("orders/<uuid:key>/close/", order_acts.order_close, name="order-close"),
    path("orders/<uuid:key>/bill/", order_acts.order_bill, name="order-bill"),
    path("deliveries/", deliveries.deliveries, name="deliveries"),
    *list_urls(deliveries.DELIVERIES, "deliveries/"),
    path("deliveries/<uuid:key>/void/", order_acts.delivery_void, name="delivery-void"),
    path("billing/", billing.billing, name="billing"),
    path("invoices/", invoices.invoices, name="invoices"),
    *list_urls(invoices.INVOICES, "invoices/"),
    path("invoices/add/", invoice_form.invoice_add, name="invoice-add"),
    path("invoices/interest/", interest.late_interest, name="late-interest"),
    path("invoices/lines/", invoice_form.invoice_lines, name="invoice-lines"),
    path("invoices/sums/", invoice_form.invoice_sums, name="invoice-sums"),
    path("invoices/<uuid:key>/", invoices.invoice, name="invoice"),
    path("invoices/<uuid:key>/edit/", invoice_form.invoice_edit, name="invoice-edit"),
    path("invoices/<uuid:key>/post/", invoices.invoice_post, name="invoice-post"),
    path("invoices/<uuid:key>/void/", invoices.invoice_void, name="invoice-void"),
    path("invoices/<uuid:key>/credit/", credits.invoice_credit, name="invoice-credit"),
]
