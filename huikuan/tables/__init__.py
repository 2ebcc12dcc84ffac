"""Reads a table from a file of any usual form (CSV, TSV, XLSX, XLS) into typed rows, problems named.

`inspect` makes one pass over a file and says how it is laid out, or raises a `TableError` that names what is
wrong or asks what it cannot know. `read` makes the second pass and yields the rows in chunks. Nothing here
knows a database.
"""

from huikuan.tables.errors import CODES, TableError
from huikuan.tables.inspection import Peek, inspect, peek
from huikuan.tables.kind_of_file import kind_of_file
from huikuan.tables.kinds import KINDS, Field, Kind, Role
from huikuan.tables.layout import Layout, Notice
from huikuan.tables.problems import MESSAGES, Problem, reasons, write_problems_xlsx
from huikuan.tables.reader import Chunk, read

__all__ = [
    "CODES",
    "KINDS",
    "MESSAGES",
    "Chunk",
    "Field",
    "Kind",
    "Layout",
    "Notice",
    "Peek",
    "Problem",
    "Role",
    "TableError",
    "inspect",
    "kind_of_file",
    "peek",
    "read",
    "reasons",
    "write_problems_xlsx",
]
