"""What collection refuses."""

from huikuan.core.errors import HuikuanError


class CollectionRefused(HuikuanError):
    """The act is not possible as asked; nothing was changed."""

    code = "collection_refused"
