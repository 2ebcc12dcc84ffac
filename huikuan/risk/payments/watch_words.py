"""What the watch over a model found, in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _


def watch_text(watch: dict[str, Any]) -> str:
    """One sentence: on how many debts, and how far off beside the guess or the trial that it is compared with."""
    when = watch["found"]["date"]
    said = {
        "number": watch["version"],
        "debts": watch["found"]["debts"],
        "days": days_text(when["mae"]),
        "guessed": days_text(guessed_days(watch["found"])),
        "expected": days_text((watch["expected"] or watch["found"])["date"]["mae"]),
    }
    return {
        "worse": _(
            "第 %(number)s 版之后开出、现已到期的 %(debts)s 笔：没有比简单估计好，日期平均差 %(days)s 天，简单估计差 %(guessed)s 天"
        ),
        "weaker": _(
            "第 %(number)s 版之后开出、现已到期的 %(debts)s 笔：不如训练时试用的，日期平均差 %(days)s 天，试用时差 %(expected)s 天"
        ),
        "fine": _(
            "第 %(number)s 版之后开出、现已到期的 %(debts)s 笔：比简单估计好，日期平均差 %(days)s 天，简单估计差 %(guessed)s 天"
        ),
        "plain": _(
            "第 %(number)s 版之后开出、现已到期的 %(debts)s 笔：客户历史的日期平均差 %(days)s 天，简单估计差 %(guessed)s 天"
        ),
    }[watch["state"]] % said


def guessed_days(figures: dict[str, Any]) -> float | None:
    """How far off the better of a clerk's guesses was, in days."""
    guesses = [figures["date"][name] for name in ("mae_due", "mae_median")]
    return min((each for each in guesses if each is not None), default=None)


def days_text(value: float | None) -> str:
    """Days to a tenth; a dash for none."""
    return "—" if value is None else f"{value:.1f}"
