"""Customers as a trading company has them, made up: sister companies, groups, former names, people who pay for them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from uuid import UUID

PLACES = [
    "宁波",
    "苏州",
    "无锡",
    "常州",
    "杭州",
    "绍兴",
    "台州",
    "温州",
    "嘉兴",
    "佛山",
    "东莞",
    "中山",
    "青岛",
    "烟台",
    "潍坊",
    "济南",
    "武汉",
    "长沙",
    "合肥",
    "厦门",
]
WORDS = [
    "海翔",
    "恒通",
    "金泰",
    "华鼎",
    "瑞丰",
    "永联",
    "鸿达",
    "东方",
    "新源",
    "盛世",
    "宏图",
    "博远",
    "天成",
    "佳和",
    "立信",
    "广达",
    "正大",
    "昌盛",
    "利民",
    "国泰",
    "润泽",
    "凯旋",
    "远景",
    "锦程",
    "浩宇",
    "嘉禾",
    "明辉",
    "顺发",
    "长青",
    "万里",
]
TRADES = [
    "机械",
    "机电",
    "机床",
    "电子",
    "电气",
    "建材",
    "钢铁",
    "化工",
    "塑料",
    "纺织",
    "包装",
    "五金",
    "模具",
    "轴承",
    "贸易",
    "科技",
    "实业",
    "阀门",
    "泵业",
    "汽配",
]
FORMS = ("有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司")
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
GIVEN = "建国志强伟军明辉丽华秀英海燕文斌永刚小红春梅国庆俊杰"
TRADITIONAL = str.maketrans("华东兴电机远广达国实业贸钢铁轴阀", "華東興電機遠廣達國實業貿鋼鐵軸閥")


@dataclass(slots=True)
class Buyer:
    """A customer: its names, the account it pays from, who pays for it. `known`: whether we have seen that account."""

    id: UUID
    code: str
    name: str
    account: str
    known: bool
    parent: UUID | None = None
    former: str = ""
    agent: tuple[str, str] | None = None
    discount: bool = False
    instalments: bool = False
    names: list[str] = field(default_factory=list)


def buyers(rng: random.Random, count: int) -> list[Buyer]:
    """So many customers; sister companies, branches and the members of a group come one after the other."""
    found: list[Buyer] = []
    taken: set[str] = set()
    while len(found) < count:
        place, word, trade = rng.choice(PLACES), rng.choice(WORDS), rng.choice(TRADES)
        names = _family(rng, place, word, trade)
        head: UUID | None = None
        grouped = rng.random() < 0.3
        for name in names:
            if name in taken or len(found) >= count:
                continue
            taken.add(name)
            buyer = _buyer(rng, len(found), name)
            if grouped and head is None:
                head = buyer.id
            elif grouped:
                buyer.parent = head
            found.append(buyer)
    return found


def _family(rng: random.Random, place: str, word: str, trade: str) -> list[str]:
    form = rng.choice(FORMS)
    name = f"{place}{word}{trade}{form}"
    kind = rng.random()
    if kind < 0.15:
        other = rng.choice([each for each in TRADES if each != trade])
        return [name, f"{place}{word}{other}{form}"]
    if kind < 0.22:
        return [name, f"{name}{rng.choice(PLACES)}分公司"]
    if kind < 0.30:
        return [f"{word}（{place}）{trade}{form}", f"{word}（{rng.choice(PLACES)}）{trade}{form}"]
    if kind < 0.36:
        return [name, f"{place}新{word}{trade}{form}", f"{place}{word}{trade}销售{form}"]
    return [name]


def _buyer(rng: random.Random, place: int, name: str) -> Buyer:
    buyer = Buyer(
        UUID(f"c0000000-0000-7000-8000-{place:012x}"),
        f"C{place:06d}",
        name,
        f"33{rng.randrange(10**15):015d}",
        rng.random() < 0.6,
    )
    if rng.random() < 0.05:
        buyer.former = f"{name[:2]}市{name[2:4]}{rng.choice(TRADES)}厂{place % 97}"
    if rng.random() < 0.12:
        person = rng.choice(SURNAMES) + rng.choice(GIVEN) + rng.choice(GIVEN)
        buyer.agent = (person, f"62{rng.randrange(10**17):017d}")
    buyer.discount = rng.random() < 0.06
    buyer.instalments = rng.random() < 0.12
    return buyer


def spelled(rng: random.Random, name: str) -> str:
    """The name as another system writes it: the same company to whoever reads it."""
    ways = [
        name.replace("（", "(").replace("）", ")"),
        name.translate(TRADITIONAL),
        f" {name[:4]} {name[4:]}",
        name.replace("有限责任公司", "有限公司") if "责任" in name else name.replace("有限公司", " 有限公司"),
        f"{name}(基本户)",
    ]
    return rng.choice(ways)


def misspelled(rng: random.Random, name: str) -> str:
    """The name with one wrong, missing or doubled character."""
    place = rng.randrange(2, len(name) - 4)
    wrong = rng.choice("翔祥恒衡通同金今泰太华花鼎顶")
    return rng.choice(
        [
            name[:place] + wrong + name[place + 1 :],
            name[:place] + name[place + 1 :],
            name[:place] + name[place] + name[place:],
        ]
    )
