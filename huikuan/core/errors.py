"""The one base class of errors that are meant to be read by people."""


class HuikuanError(Exception):
    """An act was refused or input could not be used; nothing was changed.

    `message` is a finished sentence in the reader's language that says what happened and what to do;
    `code` is a stable lower-case word for programs (JSON output, tests).
    """

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return self.message
