from django.urls import path

from huikuan.web.guide import views

urlpatterns = [
    path("guide/", views.guide, name="guide"),
    path("guide/<slug:name>", views.guide, name="guide-page"),
]
