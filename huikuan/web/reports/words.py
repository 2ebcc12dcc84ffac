"""What the columns of an aging are called on pages."""

from huikuan.reports.words import NOT_DUE, bucket_label, cell_label

__all__ = ["NOT_DUE", "bucket_label", "cell_label"]
