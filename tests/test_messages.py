"""Every text people read is a message, and every message is there in every language."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "huikuan"


def _scripts_messages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("scripts_messages", ROOT / "scripts" / "messages.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


catalogues = _scripts_messages()
LANGUAGES = tuple(catalogues.LANGUAGES)

HAN = re.compile("[一-鿿]")
NAMED = re.compile(r"%\((\w+)\)(\w)")
IN_ORDER = re.compile(r"%([sd])")
MARKUP = re.compile(r"</?\w[^>]*>")
SIMPLIFIED = set("账对单据应这贷余额与组织权进发为个业务处没说时间导删检连数张见规则币种转编号")
"""Characters that only simplified Chinese writes."""
OF_THE_MAINLAND = re.compile(
    "稽核|合同|幣種|刷新|鼠標|粘貼|點擊|自定義|軟件|硬件|網絡|信息|數據|默認|登錄|用戶|打印|導入|導出|屏幕|視頻|短信|郵箱|文檔"
    "|服務器|字段|字符|單元格|隊列|後臺|渠道|網關|變量|嵌套|下劃線|優先級|打開|查找|設置|保存|菜單|界面|鏈接|消息|添加|聯繫|搜索"
    "|運營商|滑塊|郵編|閾值|校驗|配置|反饋|置信|壞帳"
    "|隊欄|所欄|欄明|制單|編制|填制|采用|併發送|型別|權限制作|隻[能看用影]|周(?!圍)|臺(?!灣|$)"
)
"""Terms of the mainland, and what converters make of words that they cut in the wrong place."""

DATA = {
    "bench/company.py": "rows of a generated company",
    "bench/closing.py": "vouchers of a generated company",
    "bench/importing.py": "the file of a generated company",
    "bench/cash.py": "the bank account of a generated company",
    "bench/payers.py": "names of generated companies",
    "bench/payments.py": "texts of generated payments",
    "bench/selling.py": "products of a generated company",
    "books/operations/making.py": "summaries, kept in the vouchers",
    "books/operations/manual.py": "summaries, kept in the vouchers",
    "books/operations/profit.py": "summaries, kept in the vouchers",
    "books/queries/statements.py": "lines of the statements, in the words of the standard",
    "books/rules/presentation.py": "lines of the statements, in the words of the standard",
    "books/rules/words.py": "voucher words and summaries, kept in the vouchers",
    "reports/provinces.py": "how the regions of customers begin that name a division",
    "cli/report_commands.py": "help of options, in the words of the command",
    "collection/positions.py": "words by which positions at customers are known",
    "collection/said.py": "words by which answers name days and amounts",
    "cash/formats/bank_tables.py": "how banks mark money that came in",
    "cash/formats/merchant_bills.py": "the columns and words of payment platforms",
    "cash/formats/table_lines.py": "how banks mark their lines",
    "cash/formats/table_words.py": "the known column names of banks",
    "cash/matching_queries.py": "how banks say that a payment came back",
    "cash/operations/bank_accounts.py": "accounts of the chart, kept as an organization's own data",
    "cash/operations/opening_bills.py": "summaries, kept in the vouchers",
    "cash/rules.py": "names of banks",
    "cli/bills.py": "help of commands",
    "cli/vouchers.py": "help of commands",
    "collection/queries.py": "how mails that nobody wrote begin",
    "collection/template_fields.py": "words that carriers refuse",
    "config/settings.py": "languages, each in its own words",
    "core/amount_words.py": "amounts in capitals",
    "core/names.py": "words left out when names are compared",
    "core/postgres/embedded/folder.py": "a note in the data folder, in English",
    "credit/fact_text.py": "how values of facts are written",
    "customers/rules/wording.py": "how payment terms are written",
    "integrations/operations/customers.py": "how company sizes are written",
    "tables/cells.py": "how empty cells are written",
    "tables/credit_kinds.py": "the known column names of facts",
    "tables/currencies.py": "how currencies are written",
    "tables/dates.py": "how dates are written",
    "tables/fields.py": "the known column names that several kinds share",
    "tables/headers.py": "how column names are written",
    "tables/kinds.py": "the known column names",
    "tables/sales_kinds.py": "the known column names of sales",
    "tables/statement_kinds.py": "the known column names of customers' own ledgers",
    "integrations/vouchers/gbt24589.py": "the labels of a Chinese standard",
    "integrations/vouchers/kingdee_cloud.py": "the words of another program",
    "integrations/vouchers/kingdee_k3.py": "the words of another program",
    "integrations/vouchers/month.py": "currencies as other programs call them",
    "integrations/vouchers/sheets.py": "the heads of a file for Chinese books",
    "integrations/vouchers/yonyou_u8.py": "the words of another program",
    "sales/rules.py": "how exemptions are written",
    "sales/tax_invoice_files.py": "the labels of tax invoices",
    "sales/shipped.py": "names of rates, kept as an organization's own data",
    "ledger/chart.py": "the accounts of a new organization, kept as its own data",
    "web/design/samples.py": "names of invented people and companies",
    "web/imports/templates_file.py": "an example row of a file",
    "web/imports/trial_files.py": "an amount that is none",
    "web/onboarding/sample_files.py": "rows of the example files",
}
"""Modules whose Chinese strings are not said to anyone, with what they are."""

DATA_FOLDERS = {"demo": "the demo company is a Chinese one"}


@pytest.fixture(scope="module")
def fresh() -> Any:
    """The messages of the source."""
    return catalogues.fresh_catalog()


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """Each language in turn."""
    return str(request.param)


def _pairs(language: str) -> Iterator[tuple[str, str]]:
    """Each form of a message id with its translation."""
    for message in catalogues.known_catalog(language):
        if message.id:
            ids, strings = catalogues.texts(message.id), catalogues.texts(message.string)
            for number, string in enumerate(strings):
                if string:
                    yield ids[min(number, len(ids) - 1)], string


def test_the_source_has_messages(fresh: Any) -> None:
    ids = {catalogues.texts(message.id)[0] for message in fresh if message.id}
    assert {"没有权限", "核销金额必须大于零。", "%d 天"} <= ids, "code and templates are read"


def test_every_message_is_translated(fresh: Any, language: str) -> None:
    assert catalogues.untranslated(language, fresh) == [], "run scripts/messages.py and translate"


def test_catalogues_hold_nothing_else(fresh: Any, language: str) -> None:
    assert catalogues.unused(language, fresh) == [], "run scripts/messages.py"


def test_catalogues_are_well_formed(language: str) -> None:
    """Plural forms, and formats that Python accepts."""
    catalogue = catalogues.known_catalog(language)
    errors = [(message.id, [str(error) for error in found]) for message, found in catalogue.check()]
    assert errors == []
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []
    head = catalogues.path_of(language).read_text(encoding="utf-8").partition("\n\n")[0]
    assert f"Language: {language}\\n" in head and "@" not in head


def test_translations_keep_placeholders_and_markup(language: str) -> None:
    wrong = []
    for text, translation in _pairs(language):
        plain, translated = text.replace("%%", ""), translation.replace("%%", "")
        same = (
            set(NAMED.findall(plain)) == set(NAMED.findall(translated))
            and IN_ORDER.findall(plain) == IN_ORDER.findall(translated)
            and sorted(MARKUP.findall(plain)) == sorted(MARKUP.findall(translated))
            and text.count("%%") == translation.count("%%")
        )
        if not same:
            wrong.append((text, translation))
    assert wrong == []


def test_english_is_english() -> None:
    # One example shows the Chinese header of a file.
    found = [text for _id, text in _pairs("en") if HAN.search(text.replace("amount=金额", ""))]
    assert found == []


def test_traditional_chinese_is_traditional() -> None:
    assert [text for _id, text in _pairs("zh_Hant") if SIMPLIFIED & set(text) or "賬" in text] == []


def test_traditional_chinese_uses_the_words_of_taiwan() -> None:
    assert [text for _id, text in _pairs("zh_Hant") if OF_THE_MAINLAND.search(text)] == []


def _untranslatable(source: str) -> str:
    """A template without what is translated, commented or the name of another file."""
    for pattern in (
        r"{%\s*comment.*?%}.*?{%\s*endcomment\s*%}",
        r"{#.*?#}",
        r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}",
        r"{%\s*trans(?:late)?\s.*?%}",
        r"""\b_\((?:"[^"]*"|'[^']*')\)""",
    ):
        source = re.sub(pattern, lambda found: "\n" * found[0].count("\n"), source, flags=re.DOTALL)
    return source


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.html")), ids=lambda path: path.name)
def test_templates_say_nothing_untranslated(path: Path) -> None:
    lines = _untranslatable(path.read_text(encoding="utf-8")).splitlines()
    assert [(number, line.strip()) for number, line in enumerate(lines, 1) if HAN.search(line)] == []


def test_a_text_outside_the_tags_is_noticed() -> None:
    source = '{% comment %}说明{% endcomment %}<b title="{% translate "金额" %}">未核销</b>{% include "a" with b=_("单据") %}'
    assert HAN.findall(_untranslatable(source)) == list("未核销")


def _python_files() -> list[Path]:
    """The modules that speak to people."""
    return [
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        if "migrations" not in path.parts
        and path.relative_to(PACKAGE).parts[0] not in DATA_FOLDERS
        and path.relative_to(PACKAGE).as_posix() not in DATA
    ]


def _is_said_or_read(call: ast.Call) -> bool:
    """Whether a call translates its strings, or compiles one into a pattern."""
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    return name in catalogues.KEYWORDS or ast.unparse(call.func) == "re.compile"


def _unwrapped(source: str) -> Iterator[tuple[int, str]]:
    """Chinese strings of a module that no translation function takes.

    Patterns, documentation strings, the help of commands (which is Chinese) and labels of choices (which are
    messages where they stand) do not count.
    """
    tree = ast.parse(source)
    said: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_said_or_read(node):
            said |= {id(part) for part in ast.walk(node)}
        elif isinstance(node, ast.Expr) or (isinstance(node, ast.keyword) and node.arg == "help"):
            said.add(id(node.value))
        elif isinstance(node, ast.ClassDef) and catalogues.are_choices(node):
            said |= {id(part) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield from [(node.lineno, node.value)] if HAN.search(node.value) else []


def test_code_says_nothing_untranslated() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in _python_files()
        for line, text in _unwrapped(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_a_string_outside_gettext_is_noticed() -> None:
    source = 'def f():\n    """说明"""\n    return _("金额") + "未核销" + f"共 {1} 行"\n'
    assert [text for _line, text in _unwrapped(source)] == ["未核销", "共 ", " 行"]


def test_exempt_modules_need_it() -> None:
    unneeded = [
        place for place in DATA if not list(_unwrapped((PACKAGE / place).read_text(encoding="utf-8")))
    ]
    assert unneeded == []
