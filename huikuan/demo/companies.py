"""The customers of the demo: who they are, what they agreed to and how they pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from random import Random

from huikuan.core.dates import add_months
from huikuan.core.names import pinyin_initials
from huikuan.customers.rules import uscc_check_digit
from huikuan.demo import words
from huikuan.demo.agreements import CONTRACT, OPEN_ACCOUNT


class Character(StrEnum):
    """How a customer pays."""

    PROMPT = "prompt"
    LATE = "late"  # usually ten days late
    SLOW = "slow"
    CHRONIC = "chronic"
    DETERIORATING = "deteriorating"  # later and later in the last year
    STOPPED = "stopped"  # has paid nothing for over a year
    BANKRUPT = "bankrupt"  # its debt was written off


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    position: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class Company:
    """One customer. `parent`, `paid_by` and `position` count in the list of all of them.

    It buys from `buys_from` until `buys_until` in proportion to `weight`, and pays on the workdays at or after
    `pay_days` of a month (none: any day) until `pays_until`. `paid_by`: the group's treasury pays for it.
    """

    position: int
    code: str
    name: str
    uscc: str
    country: str
    currency: str
    region: str
    sector: str
    size: str
    segment: str
    salesperson: int
    open_account: str
    contract: str
    character: Character
    weight: float
    buys_from: date
    buys_until: date
    parent: int | None = None
    paid_by: int | None = None
    pays_until: date | None = None
    pay_days: tuple[int, ...] = ()
    former_name: str = ""
    payer_name: str = ""
    people: tuple[Person, ...] = ()

    @property
    def terms_of_size(self) -> str:
        return "overseas" if self.country != "CN" else self.size


@dataclass(frozen=True)
class Seller:
    """A salesperson: sells in the districts of PLACES, or in a currency."""

    code: str
    name: str
    team: str
    districts: tuple[str, ...]


EAST, INLAND, OVERSEAS = "华东销售部", "国内销售部", "海外销售部"
SELLERS: tuple[Seller, ...] = (
    Seller("S01", "周思远", EAST, ("浙江",)),
    Seller("S02", "韩雪晴", EAST, ("江苏",)),
    Seller("S03", "孟凡泽", EAST, ("福建", "浙江")),
    Seller("S04", "梁志成", INLAND, ("华南",)),
    Seller("S05", "高文博", INLAND, ("北方",)),
    Seller("S06", "罗一鸣", INLAND, ("中西", "华南")),
    Seller("S07", "沈嘉怡", OVERSEAS, ("USD",)),
    Seller("S08", "许安然", OVERSEAS, ("EUR",)),
)

# Shares of the customers; the rest pays promptly. At least one of each.
SHARES = {
    Character.BANKRUPT: 0.003,
    Character.STOPPED: 0.017,
    Character.DETERIORATING: 0.03,
    Character.CHRONIC: 0.07,
    Character.SLOW: 0.15,
    Character.LATE: 0.30,
}
SIZES = ("large", "medium", "medium", "small", "small", "small", "micro")
SIZE_WEIGHT = {"large": 6.0, "medium": 2.4, "small": 1.0, "micro": 0.35}
# Nobody sells much to those who do not pay.
CHARACTER_WEIGHT = {
    Character.CHRONIC: 0.7,
    Character.DETERIORATING: 0.8,
    Character.STOPPED: 0.8,
}
BANKRUPT_WEIGHT = 1.0


def plan_companies(*, today: date, count: int, rng: Random) -> list[Company]:
    """`count` customers, the same for the same `rng` and `today`; a group's parent comes before its members."""
    overseas = _overseas(max(1, round(count * 0.04)), max(1, round(count * 0.025)), today, rng)
    companies = _domestic(count - len(overseas), today, rng) + overseas
    codes = rng.sample(range(1, count + 1), count)
    characters = _characters(companies, rng)
    return [
        _with_character(replace(company, position=position, code=f"K{code:04}"), character, today, rng)
        for position, (company, code, character) in enumerate(zip(companies, codes, characters, strict=True))
    ]


def _characters(companies: Sequence[Company], rng: Random) -> list[Character]:
    """A character for each; who stopped paying stands alone, for a group would answer for its members."""
    count = len(companies)
    cast = [character for character, share in SHARES.items() for _ in range(max(1, round(count * share)))]
    heads = {company.parent for company in companies}
    alone = [
        position
        for position, company in enumerate(companies)
        if position not in heads and company.parent is None and company.size in ("medium", "small")
    ]
    alone.sort(key=lambda position: companies[position].size == "small")
    gone = alone[: cast.count(Character.BANKRUPT) + cast.count(Character.STOPPED)]
    others = [position for position in range(count) if position not in gone]
    rng.shuffle(others)
    characters = [Character.PROMPT] * count
    for position, character in zip(gone + others, cast, strict=False):
        characters[position] = character
    return characters


def _domestic(count: int, today: date, rng: Random) -> list[Company]:
    brands = [first + second for first in words.BRAND_FIRST for second in words.BRAND_SECOND]
    rng.shuffle(brands)
    companies: list[Company] = []
    for group in range(max(1, count // 11)):
        companies += _group(brands.pop(), len(companies), group, today, rng)
    companies = companies[: count - count // 4]
    while len(companies) < count:
        companies.append(_single(brands.pop(), rng.choice(SIZES), today, rng))
    return companies


def _group(brand: str, start: int, number: int, today: date, rng: Random) -> list[Company]:
    head = _single(brand, "large", today, rng)
    place = head.name.partition(brand)[0]
    head = replace(head, name=f"{place}{brand}控股集团有限公司", segment="战略客户")
    members: dict[str, Company] = {}
    for _ in range(rng.randint(2, 5)):
        member = _single(brand, rng.choice(("large", "medium", "medium", "small")), today, rng)
        paid_by = start if number < 2 else None  # the first two groups pay through their treasury
        members[member.name] = replace(member, parent=start, paid_by=paid_by, segment="重点客户")
    return [head, *members.values()]


def _single(brand: str, size: str, today: date, rng: Random) -> Company:
    place = rng.choice(words.PLACES)
    sector = rng.choice(words.SECTORS)
    business = rng.choice(sector.businesses)
    name = rng.choice(
        (f"{place.name}{brand}{business}有限公司", f"{place.name}{brand}{business}有限公司",
         f"{place.name}市{brand}{business}有限公司", f"{brand}（{place.name}）{business}有限公司")
    )  # fmt: skip
    if size == "micro" and rng.random() < 0.5:
        name = f"{place.name}{brand}{business}厂"
    domain = f"{pinyin_initials(brand + business)}.example"
    return Company(
        position=0,
        code="",
        name=name,
        uscc=_uscc(place.division, rng),
        country="CN",
        currency="CNY",
        region=place.region,
        sector=sector.name,
        size=size,
        segment={"large": "重点客户", "micro": "零散客户"}.get(size, "一般客户"),
        salesperson=_seller(place.district, rng),
        open_account=rng.choice(OPEN_ACCOUNT[size]),
        contract=rng.choice(CONTRACT[size]),
        character=Character.PROMPT,
        weight=SIZE_WEIGHT[size] * rng.lognormvariate(0, 0.6),
        buys_from=date.min,
        buys_until=today,
        pay_days=rng.choice(((), (), (), (10, 25), (15, 28), (5, 15, 25))),
        former_name=_former_name(place.name, brand, rng),
        payer_name=f"{_person_name(rng)}（{brand}法人）" if size == "micro" and rng.random() < 0.4 else "",
        people=tuple(_person(domain, rng) for _ in range(rng.choice((1, 1, 2)))),
    )


def _overseas(usd: int, eur: int, today: date, rng: Random) -> list[Company]:
    listed = [("USD", entry) for entry in words.OVERSEAS_USD[:usd]]
    listed += [("EUR", entry) for entry in words.OVERSEAS_EUR[:eur]]
    return [
        Company(
            position=0,
            code="",
            name=entry.name,
            uscc="",
            country=entry.country,
            currency=currency,
            region="海外",
            sector=rng.choice(words.SECTORS).name,
            size="medium",
            segment="海外客户",
            salesperson=_seller(currency, rng),
            open_account=rng.choice(OPEN_ACCOUNT["overseas"]),
            contract=rng.choice(CONTRACT["overseas"]),
            character=Character.PROMPT,
            weight=SIZE_WEIGHT["medium"] * rng.lognormvariate(0, 0.4),
            buys_from=date.min,
            buys_until=today,
            people=(
                Person(entry.contact, "Accounts Payable", "", f"ap@{entry.country.lower()}{number}.example"),
            ),
        )
        for number, (currency, entry) in enumerate(listed, start=1)
    ]


def _with_character(company: Company, character: Character, today: date, rng: Random) -> Company:
    weight = company.weight * CHARACTER_WEIGHT.get(character, 1.0)
    start = add_months(today.replace(day=1), -36)
    buys_from, buys_until, pays_until = start, today, None
    if rng.random() < 0.12:  # came later
        buys_from = start + timedelta(days=rng.randrange(120, 900))
    elif rng.random() < 0.08:  # went elsewhere
        buys_until = today - timedelta(days=rng.randrange(200, 700))
    if character is Character.STOPPED:
        pays_until = today - timedelta(days=rng.randrange(400, 520))
        buys_from, buys_until = start, pays_until + timedelta(days=rng.randrange(40, 80))
    elif character is Character.BANKRUPT:
        weight, pays_until = BANKRUPT_WEIGHT, today - timedelta(days=560)
        buys_from, buys_until = start, pays_until + timedelta(days=60)
    elif character is Character.DETERIORATING:
        buys_from, buys_until = start, today
    return replace(
        company,
        character=character,
        weight=weight,
        buys_from=buys_from,
        buys_until=buys_until,
        pays_until=pays_until,
        paid_by=None if pays_until else company.paid_by,
    )


def _seller(district: str, rng: Random) -> int:
    return rng.choice([index for index, seller in enumerate(SELLERS) if district in seller.districts])


def _former_name(place: str, brand: str, rng: Random) -> str:
    return f"{place}{brand}塑料厂" if rng.random() < 0.03 else ""


def _person_name(rng: Random) -> str:
    return rng.choice(words.SURNAMES) + rng.choice(words.GIVEN_NAMES)


def _person(domain: str, rng: Random) -> Person:
    name = _person_name(rng)
    return Person(
        name=name,
        position=rng.choice(words.POSITIONS),
        # No carrier gives out the block 0000.
        phone=f"1{rng.choice(('38', '39', '58', '86'))}0000{rng.randrange(10_000):04}",
        email=f"{pinyin_initials(name)}@{domain}",
    )


_ORGANIZATION_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def _uscc(division: str, rng: Random) -> str:
    """A social credit code of a company registered in `division`, both of its check digits right.

    Its ninth to seventeenth characters are an organization code (GB 11714), checked modulo 11.
    """
    body = "MA" + "".join(rng.choices(_ORGANIZATION_CODE, k=6))
    total = sum(int(character, 36) * weight for character, weight in zip(body, _WEIGHTS, strict=True))
    first17 = f"91{division}{body}{'0X987654321'[total % 11]}"
    return first17 + uscc_check_digit(first17)
