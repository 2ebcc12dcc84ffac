"""The only writers of imports: run a file, try rows again, undo a batch."""

from huikuan.integrations.operations.batches import (
    Cancelled,
    ImportRefused,
    Report,
    cancel_import,
    import_file,
    run_batch,
    start_import,
)
from huikuan.integrations.operations.corrections import dismiss_problems, undo_batch
from huikuan.integrations.operations.kept import layout_of, options_of
from huikuan.integrations.operations.mappings import delete_mapping, rename_mapping
from huikuan.integrations.operations.repairs import Settled, accept_rows, correct_rows
from huikuan.integrations.operations.run import ImportOptions

__all__ = [
    "Cancelled",
    "ImportOptions",
    "ImportRefused",
    "Report",
    "Settled",
    "accept_rows",
    "cancel_import",
    "correct_rows",
    "delete_mapping",
    "dismiss_problems",
    "import_file",
    "layout_of",
    "options_of",
    "rename_mapping",
    "run_batch",
    "start_import",
    "undo_batch",
]
