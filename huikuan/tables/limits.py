"""How large a file and its parts may be before it is refused rather than read.

The limits keep a hostile file from exhausting memory; every ordinary export of a million rows stays
well below them.
"""

MAX_COLUMNS = 1_000
MAX_LINE_BYTES = 16 * 1024 * 1024
"""Bytes between two line breaks of a text file; a longer run is not a table."""

MAX_CELL_CHARACTERS = 131_072
"""The csv module's own limit of one cell; also used as the limit of one cell of a spreadsheet."""

MAX_CODE, MAX_NAME, MAX_TEXT = 64, 200, 1_000
"""Characters of a code or number, of a name, of a free text."""

MAX_DATE_OR_AMOUNT = 64
"""Characters of a cell still looked at as a date or an amount; anything longer is neither."""

MAX_INTEGER_DIGITS, MAX_DECIMALS = 15, 4
"""What numeric(19,4) holds."""

FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Business dates outside these years are taken for damage."""

MAX_ZIP_ENTRIES = 10_000
MAX_UNCOMPRESSED = 1024 * 1024 * 1024
MAX_RATIO, RATIO_FROM = 200, 8 * 1024 * 1024
"""A part larger than RATIO_FROM that shrank more than MAX_RATIO times is a bomb (deflate reaches 1032)."""

MAX_SHEET_AREA = 24_000_000
"""Rows times columns up to the last filled cell; the reader allocates this rectangle."""

MAX_XLS_BYTES = 256 * 1024 * 1024

HEAD_BYTES = 256 * 1024
HEAD_ROWS = 200
"""How much of the beginning is looked at to find delimiter and header row."""

MEMO_SIZE = 20_000
"""Distinct values of one column remembered while converting or collecting evidence."""

BLOCK_ROWS = 1_000
"""Rows turned into columns at a time; blocks that fit the processor's cache are twice as fast as large ones."""
