from django.urls import include, path

urlpatterns = [path("", include("huikuan.web.urls"))]
