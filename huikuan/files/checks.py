"""Validations of the folder of files: what lies there is what was attached."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import BrokenRow
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.files import storage
from huikuan.files.models import AttachedFile

FILE_VALIDATIONS: dict[str, tuple[str, str | Promise]] = {
    "attached_file_is_there": ("missing", _("附件“%(name)s”在数据文件夹中找不到。")),
    "attached_file_is_unchanged": ("altered", _("附件“%(name)s”的内容与上传时不同。")),
}


def broken_files() -> dict[str, list[BrokenRow]]:
    """The files that are missing or altered, by the name of the validation. Reads all content, each once."""
    organization_id = current_organization_id()
    found: dict[str, list[BrokenRow]] = {name: [] for name in FILE_VALIDATIONS}
    states: dict[str, str] = {}
    for file in AttachedFile.objects.order_by("uploaded_at", "pk").iterator(chunk_size=2000):
        if file.sha256 not in states:
            states[file.sha256] = storage.state(organization_id, file.sha256)
        for name, (state, sentence) in FILE_VALIDATIONS.items():
            if states[file.sha256] == state:
                detail = str(sentence) % {"name": file.name}
                found[name].append(BrokenRow(name, "file", file.pk, file.name, detail))
    return found
