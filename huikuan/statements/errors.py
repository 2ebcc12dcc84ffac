"""What statements refuse."""

from huikuan.core.errors import HuikuanError


class StatementRefused(HuikuanError):
    """The act is not possible as asked; nothing was changed."""

    code = "statement_refused"


class ListRefused(StatementRefused):
    """A customer's list cannot be compared as it is; nothing of it was kept but the file."""

    code = "list_refused"
