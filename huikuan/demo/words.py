"""The vocabulary of the demo: places, businesses, people and products. All companies and people are invented.

Division codes are those of GB/T 2260; they stand in the social credit codes of the customers.
"""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A city where customers sit: sales `region`, its `district` of sales, administrative division code."""

    name: str
    region: str
    district: str
    division: str


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _places(region: str, district: str, text: str) -> tuple[Place, ...]:
    return tuple(Place(entry[:-6], region, district, entry[-6:]) for entry in _words(text))


PLACES: tuple[Place, ...] = (
    # Near home there are more customers: a place named twice is drawn twice as often.
    *_places("华东", "浙江", "宁波330206 宁波330206 余姚330281 慈溪330282 慈溪330282 杭州330100 台州331000"),
    *_places("华东", "浙江", "台州331000 温州330300 绍兴330600 金华330700 嘉兴330400 湖州330500"),
    *_places("华东", "江苏", "苏州320500 昆山320583 无锡320200 常州320400 南京320100 南通320600 上海310115"),
    *_places("华东", "江苏", "合肥340100 芜湖340200 滁州341100"),
    *_places("华东", "福建", "厦门350200 福州350100 泉州350500 南昌360100 青岛370200 济南370100 烟台370600"),
    *_places("华南", "华南", "深圳440300 东莞441900 东莞441900 佛山440600 中山442000"),
    *_places("华南", "华南", "广州440100 惠州441300 珠海440400"),
    *_places("华中", "中西", "武汉420100 襄阳420600 长沙430100 株洲430200 郑州410100 洛阳410300"),
    *_places("西南", "中西", "重庆500100 成都510100 绵阳510700 贵阳520100 昆明530100"),
    *_places("西北", "北方", "西安610100 宝鸡610300 兰州620100"),
    *_places("华北", "北方", "天津120100 北京110100 石家庄130100 保定130600 太原140100"),
    *_places("东北", "北方", "沈阳210100 大连210200 长春220100 哈尔滨230100"),
)


class Sector(NamedTuple):
    """A trade that buys injection moulding machines, and what its companies call themselves."""

    name: str
    businesses: tuple[str, ...]


SECTORS: tuple[Sector, ...] = (
    Sector("汽车零部件", ("汽车零部件", "汽车饰件", "车业", "汽车部件")),
    Sector("汽车零部件", ("汽车零部件", "车灯", "汽车塑件")),
    Sector("家用电器", ("电器", "家电配件", "厨电", "智能家居")),
    Sector("家用电器", ("电器", "小家电")),
    Sector("包装", ("包装材料", "塑料包装", "瓶盖", "食品包装")),
    Sector("医疗器械", ("医疗器械", "医用塑料", "生物医疗")),
    Sector("电子", ("电子", "精密电子", "连接器", "电子科技")),
    Sector("日用塑料", ("塑料制品", "日用品", "家居用品", "塑胶")),
    Sector("日用塑料", ("塑料制品", "塑业")),
    Sector("建材管业", ("管业", "新型建材", "塑胶管道")),
    Sector("模具", ("模具", "精密模具", "模塑")),
    Sector("玩具文具", ("玩具", "文具", "礼品")),
    Sector("物流装备", ("托盘", "物流装备", "周转箱")),
)

# Two characters make a trade name (字号) that sounds right and that hardly anybody bears.
BRAND_FIRST = "澄砚骞翎珩霖泓岚钧铂铠峻翰曜朗沐衡祺煜澜棠麟皓旌"
BRAND_SECOND = "川岳屿域野途昇拓图辰驰禾威耀基岭帆舟极衍"


class Overseas(NamedTuple):
    name: str
    country: str
    contact: str


OVERSEAS_USD: tuple[Overseas, ...] = (
    Overseas("Song Hau Precision Plastics JSC", "VN", "Nguyen Thi Lan"),
    Overseas("Lanna Moulding Works Co., Ltd.", "TH", "Somchai Rattanakul"),
    Overseas("PT Nusa Cipta Plastindo Raya", "ID", "Dewi Kartika"),
    Overseas("Vardan Polytech Moulders Pvt. Ltd.", "IN", "Rajesh Menon"),
    Overseas("Plásticos Bajío Norte S.A. de C.V.", "MX", "Lucía Ortega"),
    Overseas("Anatolia Kalıp Sanayi A.Ş.", "TR", "Emre Aydın"),
    Overseas("Polimoldes Serra Verde Ltda.", "BR", "Ana Paula Reis"),
    Overseas("Nile Delta Household Plastics S.A.E.", "EG", "Hany Fouad"),
    Overseas("Karoo Packaging Works (Pty) Ltd", "ZA", "Pieter Botha"),
    Overseas("Visayas Injection Works Inc.", "PH", "Maria Santos"),
    Overseas("Klang Valley Closures Sdn. Bhd.", "MY", "Tan Wei Ming"),
    Overseas("Padma Crockery & Plastics Ltd.", "BD", "Farid Rahman"),
)
OVERSEAS_EUR: tuple[Overseas, ...] = (
    Overseas("Rheinauen Kunststofftechnik GmbH", "DE", "Katrin Vogel"),
    Overseas("Stampi Valdarno Nuova S.r.l.", "IT", "Marco Bellini"),
    Overseas("Wisła Form Tworzywa Sp. z o.o.", "PL", "Piotr Zieliński"),
    Overseas("Inyectados Ribera del Ebro S.L.", "ES", "Carmen Ibáñez"),
    Overseas("Moravia Plast Výlisky s.r.o.", "CZ", "Jana Nováková"),
    Overseas("Plasturgie des Monts du Forez SAS", "FR", "Claire Perrin"),
    Overseas("Douro Moldes e Plásticos Lda.", "PT", "Rui Teixeira"),
    Overseas("Tisza Műanyagipari Kft.", "HU", "Zoltán Kiss"),
)

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN_NAMES = _words(
    "伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀兰 霞 平 刚 桂英 建国 晓红"
    " 志强 雪梅 海燕 玉兰 国华 文斌 丽华 建军 小燕 浩然 子涵 思远 雨桐 嘉怡 俊峰 晨曦 立新 春梅 永康 佳宁 慧敏 振宇 凯 婷婷 鹏飞"
)
POSITIONS = ("应付会计", "财务经理", "采购经理", "总经理", "设备部经理")

MACHINES = (
    # Model and list price in CNY, tax included.
    ("LZ-90 伺服注塑机", 158_000),
    ("LZ-160 伺服注塑机", 226_000),
    ("LZ-260 伺服注塑机", 338_000),
    ("LZ-380 伺服注塑机", 486_000),
    ("LZ-530 二板注塑机", 715_000),
    ("LZ-800 二板注塑机", 1_080_000),
    ("LZ-1300 二板注塑机", 1_860_000),
)
AUXILIARIES = (
    ("三轴伺服机械手", 46_800),
    ("五轴伺服机械手", 88_600),
    ("模温机", 13_900),
    ("中央供料系统", 126_000),
    ("除湿干燥机", 24_500),
    ("工业冷水机", 38_700),
    ("粉碎机", 17_600),
)
PARTS = (
    ("螺杆料筒组件", 8_650),
    ("伺服驱动器", 6_900),
    ("液压密封件", 420),
    ("比例阀", 3_280),
    ("加热圈", 165),
    ("止逆环", 780),
    ("位移传感器", 1_150),
    ("设备维修服务", 1_800),
    ("年度保养服务", 9_600),
)
DISPUTES = (
    "争议：锁模力未达合同指标，客户要求复测",
    "争议：外观划伤，客户要求折价",
    "争议：到货数量短缺，待核对签收单",
    "争议：调试延期，客户主张违约金",
    "争议：发票单价与合同不一致",
)
CREDIT_REASONS = ("部分退货", "质量折让", "价格调整", "数量短缺补差", "年度返利")
