"""Addresses of messages and senders."""

from __future__ import annotations

from django.urls import path

from huikuan.web.lists.views import list_urls
from huikuan.web.messaging import acts, listing, one, senders, stopped

urlpatterns = [
    path("messages/", listing.messages_list, name="messages"),
    *list_urls(listing.MESSAGES, "messages/"),
    path("messages/stopped/", stopped.stopped, name="messages-stopped"),
    path("messages/stopped/<uuid:key>/lift/", stopped.lift, name="messages-stopped-lift"),
    path("messages/<uuid:key>/", one.message, name="message"),
    path("messages/<uuid:key>/settle/", acts.settle, name="message-settle"),
    path("messages/<uuid:key>/cancel/", acts.cancel, name="message-cancel"),
    path("settings/senders/", senders.senders, name="settings-senders"),
    path("settings/senders/new/<slug:provider>/", senders.sender_add, name="settings-sender-add"),
    path("settings/senders/<uuid:key>/", senders.sender, name="settings-sender"),
    path("settings/senders/<uuid:key>/try/", senders.sender_try, name="settings-sender-try"),
]
