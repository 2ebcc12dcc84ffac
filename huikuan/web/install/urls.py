from django.urls import path

from huikuan.web.install import views

urlpatterns = [
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("service-worker.js", views.service_worker, name="service-worker"),
    path("offline/<slug:language>", views.offline, name="offline"),
    path("go/<slug:area>", views.go, name="go"),
]
