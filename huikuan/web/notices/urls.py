from django.urls import path

from huikuan.web.notices import notes, views

urlpatterns = [
    path("notices/", views.notices, name="notices"),
    path("notices/bell", views.bell, name="notice-bell"),
    path("notices/latest", views.latest, name="notice-latest"),
    path("notices/read", views.read_all, name="notice-read"),
    path("notices/<uuid:key>/open", views.open_notice, name="notice-open"),
    path("notes/<slug:kind>/<uuid:key>/", notes.write, name="note-write"),
    path("notes/<slug:kind>/<uuid:key>/card", notes.card, name="note-card"),
    path("notes/<slug:kind>/<uuid:key>/people", notes.people, name="note-people"),
    path("notes/<uuid:first>/edit", notes.edit, name="note-edit"),
    path("notes/<uuid:first>/remove", notes.remove, name="note-remove"),
]
