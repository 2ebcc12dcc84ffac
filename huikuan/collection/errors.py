"""What collection refuses."""

from huikuan.core.errors import HuikuanError


class CollectionRefused(HuikuanError):
    """The act is not possible as asked; nothing was changed."""

    code = "collection_refused"


class TemplateRefused(CollectionRefused):
    """A template cannot be used as it is written."""

    code = "template_refused"


class TemplateFieldUnknown(TemplateRefused):
    """A template names a field that there is none of, or that its channel may not carry."""

    code = "template_field_unknown"


class SmsWordForbidden(TemplateRefused):
    """A text message says what carriers refuse."""

    code = "sms_word_forbidden"


class TextTooLong(TemplateRefused):
    """A text is longer than its channel carries."""

    code = "text_too_long"
