"""The only writers of imports: run a file, try rows again, undo a batch."""

from huikuan.integrations.operations.batches import (
    Cancelled,
    ImportOptions,
    ImportRefused,
    Report,
    import_file,
    start_import,
)
from huikuan.integrations.operations.corrections import (
    accept_problems,
    dismiss_problems,
    retry_problems,
    undo_batch,
)

__all__ = [
    "Cancelled",
    "ImportOptions",
    "ImportRefused",
    "Report",
    "accept_problems",
    "dismiss_problems",
    "import_file",
    "retry_problems",
    "start_import",
    "undo_batch",
]
