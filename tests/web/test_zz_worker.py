from tests.web.test_import_pages import *  # noqa
from tests.web.test_import_pages import Pages, GOOD
import pytest
from django.db import connection
def test_worker(pages, monkeypatch):
    from procrastinate.contrib.django import app
    from huikuan.web.imports import views
    monkeypatch.setattr(views, "IN_REQUEST_ROWS", 1)
    batch = pages.run(GOOD)
    connection.ensure_connection()
    with app.replace_connector(app.connector.get_worker_connector()) as own:
        own.run_worker(wait=False, queues=["imports"], install_signal_handlers=False)
    from procrastinate.contrib.django.models import ProcrastinateJob
    print(list(ProcrastinateJob.objects.values_list("status","task_name")))
    b = pages.batch(str(batch.pk)); print(b.state, b.imported)
    assert b.state == "done"
