"""Names in forms that can be sorted, searched and compared.

PostgreSQL without ICU cannot sort Chinese, so names carry stored keys: full pinyin to sort by, initials and
full pinyin to search by, and a bare form to recognise the same company in differently written names.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_HAN: Final = "\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN: Final = re.compile(rf"(?P<han>[{_HAN}]+)|[^\W_{_HAN}]+")
_NOT_WORD: Final = re.compile(r"[\W_]+")

# Traditional and simplified characters side by side, those that occur in names of companies and places.
# Only characters with one simplified form stand here: 乾 (乾坤, 乾燥) and its like must stay as written.
_TRADITIONAL_TO_SIMPLIFIED: Final = (
    "國国際际機机電电業业廠厂產产貿贸華华東东廣广滬沪寧宁蘇苏紹绍揚扬鎮镇無无錫锡連连瀋沈陽阳濟济漢汉長长慶庆貴贵"
    "雲云滄沧贛赣閩闽臺台灣湾龍龙鳳凤鵬鹏飛飞馬马駿骏騰腾達达發发興兴豐丰順顺樂乐歡欢愛爱親亲義义聯联聖圣勝胜偉伟"
    "億亿萬万眾众維维緯纬經经綠绿紅红藍蓝銀银銅铜鋁铝鐵铁鋼钢鑄铸鍛锻鈦钛鎳镍錳锰鋅锌鋰锂鎢钨鈉钠錢钱鍋锅爐炉燈灯"
    "燦灿煒炜煙烟熱热環环瑪玛瓊琼瑩莹車车輛辆軌轨軸轴軟软輪轮輕轻載载轉转輸输運运進进遠远選选適适遞递遷迁郵邮"
    "鄭郑鄧邓醫医藥药藝艺蘭兰蓮莲葉叶蔣蒋蕭萧薩萨蟲虫蠶蚕衛卫術术製制複复裝装褲裤補补視视覺觉觀观規规計计訊讯設设"
    "許许訂订記记訓训託托評评試试詩诗誠诚話话誼谊調调談谈諾诺謝谢識识證证譯译議议護护讀读貝贝財财責责貨货貫贯費费"
    "資资賀贺賓宾賽赛賴赖購购贊赞質质軍军農农鄉乡開开關关閘闸閥阀閣阁間间閱阅隊队階阶陸陆陳陈陰阴隨随險险雙双雜杂"
    "離离難难雞鸡霧雾靈灵靜静頁页頂顶項项預预領领頭头題题額额類类顧顾顯显風风飯饭飲饮飼饲飾饰餅饼館馆養养驗验驅驱"
    "魚鱼鮮鲜鯨鲸鳥鸟鴻鸿鷹鹰鶴鹤鹽盐麗丽麥麦黃黄點点齊齐個个倉仓倫伦側侧備备傑杰傳传債债價价儀仪優优儲储兩两內内"
    "冊册凱凯劃划劉刘劑剂劍剑勞劳勢势動动務务協协單单參参員员啟启喬乔營营嚴严團团圍围園园圓圆圖图堅坚報报場场塊块"
    "墊垫壓压壩坝壯壮壽寿夢梦奮奋奧奥婦妇媽妈學学孫孙寶宝實实審审寫写寬宽對对導导將将專专尋寻層层屬属島岛峽峡嶺岭"
    "嶄崭巖岩帥帅師师帳帐帶带幣币幫帮庫库廈厦張张強强彈弹彌弥彙汇匯汇徑径從从復复徵征愷恺態态慣惯憲宪應应懷怀戰战"
    "戶户掃扫採采揮挥損损搖摇撫抚撥拨擇择擊击擔担據据擴扩攝摄數数斷断時时晉晋暉晖暢畅曆历歷历書书會会極极構构榮荣"
    "樁桩標标樓楼樹树橋桥橫横檔档檢检權权欄栏殼壳氣气氫氢決决沖冲況况淨净測测渦涡湯汤溫温準准溝沟滅灭滙汇漁渔漸渐"
    "潔洁潤润澤泽濃浓濕湿濤涛濱滨濾滤灘滩為为烏乌煉炼燒烧爍烁爾尔牆墙狀状獎奖獨独獲获獻献現现琺珐瑤瑶璽玺瓏珑甌瓯"
    "畢毕畫画異异當当療疗監监盤盘盧卢碩硕確确碼码礎础礦矿禮礼祿禄禪禅種种稱称穀谷積积穩稳窩窝窯窑競竞筆笔築筑節节"
    "範范篩筛簡简籃篮籌筹籠笼糧粮紀纪約约紋纹納纳紐纽純纯紗纱紙纸級级紡纺細细終终組组結结絡络給给統统絲丝絨绒綜综"
    "綱纲網网綸纶緊紧線线緣缘編编縣县縮缩縱纵總总績绩織织繡绣繪绘繩绳繼继續续纖纤纜缆羅罗習习聞闻聰聪聲声職职脈脉"
    "膠胶臨临艦舰艙舱莊庄蓋盖薦荐處处虛虚號号蝦虾蠟蜡襯衬觸触診诊詞词詳详認认語语論论諧谐講讲謀谋豬猪販贩貯贮貼贴"
    "賈贾賢贤賬账贏赢趙赵跡迹躍跃軒轩較较輔辅輝辉辦办過过遙遥遼辽邁迈邊边鄒邹釀酿針针鈔钞鈞钧鈴铃鉅钜鉑铂鉛铅銘铭"
    "銳锐銷销鋒锋錄录錦锦錨锚鍍镀鍵键鎖锁鏈链鏡镜鐘钟鑑鉴鑽钻門门閃闪閒闲闊阔陝陕隱隐雋隽韓韩韻韵響响頌颂頻频飄飘"
    "餘余駐驻駕驾騎骑鬆松魯鲁鮑鲍鴨鸭鷗鸥麵面黨党"
)
_SIMPLIFIED: Final = str.maketrans(_TRADITIONAL_TO_SIMPLIFIED[::2], _TRADITIONAL_TO_SIMPLIFIED[1::2])

# 分公司, 子公司 and 总公司 are other companies than the one whose name they extend.
_CHINESE_LEGAL_FORM: Final = re.compile(
    r"(?:股份有限公司|有限责任公司|股份公司|有限公司|(?<![分子总支])公司|特殊普通合伙|普通合伙|有限合伙|个体工商户)$"
)
_WESTERN_LEGAL_FORM_WORDS: Final = (
    "ab ag aps as bhd bv co colimited coltd company coop corp corporation cv eurl gmbh inc incorporated jsc "
    "kg kgaa kk limited llc llp lp ltd ltda mbh nv ooo oy oyj plc pllc pt pte pty pvt sa sarl sas sdn se sl "
    "spa sprl srl ug"
)
_WESTERN_LEGAL_FORMS: Final = frozenset(_WESTERN_LEGAL_FORM_WORDS.split())
_LATIN_ACCENTS: Final = re.compile("[\u0300-\u036f]")  # not the marks of kana: バ is not ハ
_DOTS_AND_APOSTROPHES: Final = re.compile(r"[.'`\u2019]")


def folded(text: str) -> str:
    """Return text as searches compare it: full-width and compatibility forms unified, lower case, trimmed."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@lru_cache(maxsize=1 << 16)
def _syllables_of_word(word: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin

    return tuple(lazy_pinyin([word]))


@lru_cache(maxsize=1 << 14)
def _tokens(text: str) -> tuple[tuple[bool, str], ...]:
    """Return the text as (is a Chinese syllable, syllable or word) pairs, punctuation left out."""
    # Loaded on first use: its dictionaries cost a third of a second and 50 MB.
    from pypinyin.contrib.mmseg import seg

    tokens: list[tuple[bool, str]] = []
    for run in _RUN.finditer(folded(text)):
        if run["han"] is None:
            tokens.append((False, _without_accents(run[0])))
            continue
        # Words are looked up one by one because they repeat from name to name: ten times as fast.
        for word in seg.cut(run[0]):
            tokens.extend((True, syllable) for syllable in _syllables_of_word(word))
    return tuple(tokens)


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _LATIN_ACCENTS.sub("", unicodedata.normalize("NFD", text)))


def pinyin_key(text: str) -> str:
    """Return the sort key: full pinyin without tones and lower-case words, one space between them.

    Readings follow the word, 重庆 is "chong qing"; ü is written v. Spaces sort before letters, so names
    compare syllable by syllable: 西安 (xi an) before 先锋 (xian feng).
    """
    return " ".join(token for _, token in _tokens(text))


def pinyin_initials(text: str) -> str:
    """Return what one types to find a name: nbhxjx for 宁波海翔机械; other words stay whole."""
    return "".join(token[0] if chinese else token for chinese, token in _tokens(text))


def search_text(*texts: str) -> str:
    """Return one lower-case text that holds every way to look for the given names and codes.

    For each: its folded form, the same with simplified characters and without accents, and, if it contains
    Chinese, its full pinyin without spaces and its initials. Empty texts are left out and nothing stands
    twice. Fold a query with `folded` before looking for it here.
    """
    forms: dict[str, None] = {}
    for text in filter(None, map(folded, texts)):
        forms[text] = None
        forms[_without_accents(text.translate(_SIMPLIFIED))] = None
        tokens = _tokens(text)
        if any(chinese for chinese, _ in tokens):
            forms["".join(token for _, token in tokens)] = None
            forms[pinyin_initials(text)] = None
    return " ".join(forms)


def normalise_company_name(name: str) -> str:
    """Return the bare form under which different spellings of one company's name meet.

    Width, case, accents, spaces, punctuation and brackets are unified, but the words in brackets kept, for
    海翔(宁波) is not 海翔(上海); common traditional characters become simplified; the legal form at the end
    is left out. Two names with the same bare form may still be two companies: it proposes, a tax number or
    a person decides.
    """
    plain = _without_accents(_DOTS_AND_APOSTROPHES.sub("", folded(name)).translate(_SIMPLIFIED))
    words = [word for word in _NOT_WORD.split(plain) if word]
    kept = list(words)
    while len(kept) > 1 and kept[-1] in _WESTERN_LEGAL_FORMS:
        kept.pop()
    bare = "".join(kept)
    return _CHINESE_LEGAL_FORM.sub("", bare) or bare
