"""A report's answer in every form: one writer per form, for all reports."""
