from django.urls import path

from huikuan.web.files import views

urlpatterns = [
    path("files/<slug:kind>/<uuid:key>/", views.attach, name="file-attach"),
    path("files/<slug:kind>/<uuid:key>/card", views.card, name="file-card"),
    path("files/<uuid:file>/content", views.content, name="file-content"),
    path("files/<uuid:file>/remove", views.remove, name="file-remove"),
]
