"""The job that takes in a large file while its person watches the progress."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone, translation
from procrastinate.contrib.django import app

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.integrations import uploads
from huikuan.integrations.models import Batch
from huikuan.integrations.operations import run_batch
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization, User
from huikuan.organizations.queries import actor_of


@app.task(name="integrations.take_in", queue="imports", pass_context=False)
def take_in(*, organization_id: str, batch_id: str, user_id: str, token: str, language: str) -> None:
    """Take in the stored file of a batch. What went wrong is written on the batch, where its person looks."""
    organization = Organization.objects.get(pk=UUID(organization_id))
    upload = uploads.waiting(organization.pk, token)
    with translation.override(language):
        try:
            run_batch(
                upload.path,
                batch_id=UUID(batch_id),
                organization=organization,
                actor=_actor(organization, UUID(user_id)),
                today=timezone.localdate(),
            )
        except BaseException as error:
            uploads.release(upload)  # the batch says why; the file waits to be tried again
            if not isinstance(error, HuikuanError):
                raise
        else:
            uploads.finish(upload)


def _actor(organization: Organization, user_id: UUID) -> Actor:
    with tenant(organization.pk):
        actor = actor_of(User.objects.get(pk=user_id))
    if actor is None:
        raise PermissionError(f"user {user_id} has left organization {organization.code}")
    return actor


def enqueue(batch: Batch, *, user_id: UUID, token: str) -> None:
    """Have the batch taken in once this transaction has ended."""
    take_in.defer(
        organization_id=str(batch.organization_id),
        batch_id=str(batch.pk),
        user_id=str(user_id),
        token=token,
        language=translation.get_language() or "zh-hans",
    )
