"""试算: what other limits or terms for a segment would do to exposure, the cost of capital and expected losses."""

from huikuan.reports.what_if.rules import Account, Change, Effect, Outcome, effect_of
from huikuan.reports.what_if.trying import ALL, WhatIf, WhatIfRefused, try_change

__all__ = [
    "ALL",
    "Account",
    "Change",
    "Effect",
    "Outcome",
    "WhatIf",
    "WhatIfRefused",
    "effect_of",
    "try_change",
]
