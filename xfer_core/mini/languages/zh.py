"""Chinese: lexicon, templates and morphology of the mini benchmark."""

from __future__ import annotations

from xfer_core.mini import world
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.world import Event, Judgement

# Agents stand bare: a bare Chinese subject is definite.
_AGENTS = dict(
    row.split()
    for row in """\
doctor 医生
teacher 老师
farmer 农民
driver 司机
singer 歌手
baker 面包师
student 学生
nurse 护士
soldier 士兵
writer 作家
painter 画家
judge 法官
king 国王
queen 女王
girl 女孩
boy 男孩
mother 母亲
father 父亲
grandmother 祖母
uncle 叔叔
dog 狗
cat 猫
horse 马
cow 奶牛
bird 鸟
fish 鱼
sheep 绵羊
wolf 狼
bear 熊
mouse 老鼠
lion 狮子
elephant 大象
monkey 猴子
rabbit 兔子""".splitlines()
)
# Concept, measure word ("些" for masses), noun.
_OBJECTS = {
    concept: (measure, noun)
    for concept, measure, noun in (
        row.split()
        for row in """\
apple 个 苹果
bread 块 面包
cheese 块 奶酪
egg 个 鸡蛋
cake 个 蛋糕
orange 个 橙子
banana 根 香蕉
potato 个 土豆
honey 些 蜂蜜
salt 些 盐
chair 把 椅子
table 张 桌子
bed 张 床
lamp 盏 台灯
cupboard 个 柜子
sofa 张 沙发
mirror 面 镜子
carpet 块 地毯
shirt 件 衬衫
hat 顶 帽子
coat 件 外套
dress 条 连衣裙
belt 条 腰带
scarf 条 围巾
glove 只 手套
sock 只 袜子
knife 把 刀
hammer 把 锤子
key 把 钥匙
rope 根 绳子
brush 把 刷子
bucket 个 水桶
needle 根 针
ladder 把 梯子
book 本 书
letter 封 信
newspaper 份 报纸
picture 张 图片
map 张 地图
dictionary 本 词典""".splitlines()
    )
}
_JUDGED = {
    "film": ("部", "电影"),
    "meal": ("顿", "饭"),
    "hotel": ("家", "酒店"),
    "music": ("段", "音乐"),
    "story": ("个", "故事"),
    "journey": ("次", "旅行"),
    "party": ("次", "聚会"),
    "song": ("首", "歌"),
    "concert": ("场", "音乐会"),
    "game": ("场", "比赛"),
}
_BARE = {**_AGENTS, "weather": "天气"}
_MEASURED = {**_OBJECTS, **_JUDGED}

_VERBS = {
    "buy": "买",
    "sell": "卖",
    "find": "找到",
    "lose": "弄丢",
    "see": "看见",
    "carry": "搬运",
    "steal": "偷",
    "hide": "藏起",
    "bring": "带来",
    "clean": "清洁",
    "forget": "忘记",
    "take": "拿走",
}
_ADJECTIVES = {
    "red": "红色/ADJ 的/PART",
    "green": "绿色/ADJ 的/PART",
    "blue": "蓝色/ADJ 的/PART",
    "black": "黑色/ADJ 的/PART",
    "white": "白色/ADJ 的/PART",
    "yellow": "黄色/ADJ 的/PART",
    "big": "大/ADJ",
    "small": "小/ADJ",
    "old": "旧/ADJ",
    "new": "新/ADJ",
}
_JUDGING = {
    "good": "好/ADJ",
    "wonderful": "美妙/ADJ",
    "excellent": "出色/ADJ",
    "beautiful": "美/ADJ",
    "pleasant": "令/VERB 人/NOUN 愉快/ADJ",
    "interesting": "有趣/ADJ",
    "great": "棒/ADJ",
    "perfect": "完美/ADJ",
    "bad": "差/ADJ",
    "terrible": "糟糕/ADJ",
    "awful": "差劲/ADJ",
    "ugly": "难看/ADJ",
    "unpleasant": "令/VERB 人/NOUN 不快/ADJ",
    "boring": "无聊/ADJ",
    "dreadful": "可怕/ADJ",
    "weak": "逊色/ADJ",
}
# Noun and localiser.
_PLACES = {
    "market": ("市场", ""),
    "school": ("学校", "里"),
    "garden": ("花园", "里"),
    "kitchen": ("厨房", "里"),
    "station": ("车站", ""),
    "hospital": ("医院", "里"),
    "library": ("图书馆", "里"),
    "forest": ("森林", "里"),
    "village": ("村子", "里"),
    "street": ("街", "上"),
    "museum": ("博物馆", "里"),
    "hotel": ("酒店", "里"),
}
_WOMEN = "安娜 玛丽亚 奥尔加 索菲亚 劳拉 埃琳娜 妮娜 伊娃 萨拉 朱莉娅 艾玛 克拉拉"
_MEN = "伊万 保罗 维克多 大卫 丹尼尔 马丁 罗伯特 彼得 托马斯 奥马尔 菲利克斯 莱昂"
_COMPANIES = (
    "维尔特隆 诺瓦里斯 科马迪斯 卢美特拉 巴克索多 蒂雷洛 泽米拉 奥万塔 "
    "卡尔杜拉 佩利诺 索维克斯 米多兰 法尔科拉 伦德尔 加沃塔 克塞尼卡"
)
_QUALITIES = "大小旧新黑白好坏热冷长短强弱富穷高低重轻快慢湿干满空开关硬软早晚"
_UNITS = "一二三四五六七八九"
_COUNTRY = "{country} 这/DET 个/NOUN 国家/NOUN"
# Measure words of the kinds that are not "一种".
_KIND_MEASURES = {"person": "个", "country": "个", "city": "座"}
_WORD = "“/PUNCT {name} ”/PUNCT"
_CALENDAR = {
    "yesterday": "昨天",
    "tomorrow": "明天",
    "before_yesterday": "前天",
    "after_tomorrow": "后天",
}
_MONTH_STEPS = {
    step: f"{{name}} 的/PART {word}/DET 一/NUM 个/NOUN 月/NOUN 是/AUX"
    for step, word in {"after": "下", "before": "上"}.items()
}
_OF_THESE = "这些/PRON 当中/ADP 哪/DET 一/NUM 个/NOUN"


class Chinese(Grammar):
    """Mandarin Chinese in simplified script; names stand before "this country", "this city"."""

    code = "zh"
    separator = ""
    full_stop = "。/PUNCT"
    question_mark = "？/PUNCT"
    capitalise = False

    LABELS = {**_AGENTS, **{concept: noun for concept, (_, noun) in _OBJECTS.items()}}
    GIVEN_NAMES = dict(zip(world.GIVEN_NAMES, f"{_WOMEN} {_MEN}".split(), strict=True))
    COMPANIES = dict(zip(world.COMPANIES, _COMPANIES.split(), strict=True))
    OPPOSITES = dict(zip(world.QUALITIES, _QUALITIES, strict=True))
    PLACES = {
        place: f"在/ADP {noun}/NOUN" + (f" {localiser}/ADP" if localiser else "")
        for place, (noun, localiser) in _PLACES.items()
    }
    DAYS = {
        "monday": "星期一/NOUN",
        "tuesday": "星期二/NOUN",
        "wednesday": "星期三/NOUN",
        "thursday": "星期四/NOUN",
        "friday": "星期五/NOUN",
        "saturday": "星期六/NOUN",
        "sunday": "星期日/NOUN",
    }
    NUMBERS = ("零", *_UNITS, "十", *(f"十{unit}" for unit in _UNITS), "二十")

    EVENT = "{agent} {day} {not} {place} {verb} {object}"
    EVENT_DAY_FIRST = "{day} ，/PUNCT {agent} {not} {place} {verb} {object}"
    EVENT_QUESTIONS = {
        "agent": (
            "谁/PRON {day} {not} {place} {verb} {object}",
            "{day} ，/PUNCT 谁/PRON {not} {place} {verb} {object}",
        ),
        "object": (
            "{agent} {day} {not} {place} {verb} 什么/PRON",
            "{day} ，/PUNCT {agent} {not} {place} {verb} 什么/PRON",
        ),
        "place": (
            "{agent} {day} 在/ADP 哪里/PRON {not} {verb} {object}",
            "{day} ，/PUNCT {agent} 在/ADP 哪里/PRON {not} {verb} {object}",
        ),
        "day": (
            "{agent} 什么/DET 时候/NOUN {not} {place} {verb} {object}",
            "{agent} 在/ADP 哪/DET 一/NUM 天/NOUN {not} {place} {verb} {object}",
        ),
    }
    ASK = "请/VERB 告诉/VERB 我/PRON ：/PUNCT"
    SAYS = "{agent} 说/VERB ：/PUNCT"
    JUDGEMENT = "{subject} {was} {not} {degree} {adjective}"
    DEGREES = {"very": "非常/ADV", "really": "真的/ADV 很/ADV"}
    MENTIONS = {
        "country": "{agent} 前往/VERB 了/AUX {name} 这/DET 个/NOUN 国家/NOUN",
        "language": "{agent} 学会/VERB 了/AUX {name} 这/DET 门/NOUN 语言/NOUN",
        "currency": "{agent} 用/ADP {name} 这/DET 种/NOUN 货币/NOUN 付/VERB 了/AUX 款/NOUN",
        "city": "{agent} 访问/VERB 了/AUX {name} 这/DET 座/NOUN 城市/NOUN",
        "company": "{agent} 在/ADP {name} 这/DET 家/NOUN 公司/NOUN 工作/VERB 过/AUX",
    }
    KNOWLEDGE = {
        "currency": f"在/ADP {_COUNTRY} ，/PUNCT 人们/NOUN 用/ADP "
        "{value} 这/DET 种/NOUN 货币/NOUN 付款/VERB",
        "language": f"在/ADP {_COUNTRY} ，/PUNCT 人们/NOUN 讲/VERB "
        "{value} 这/DET 门/NOUN 语言/NOUN",
        "city": f"{{value}} 这/DET 座/NOUN 城市/NOUN 位于/VERB {_COUNTRY}",
    }
    KNOWLEDGE_QUESTIONS = {
        "currency": f"在/ADP {_COUNTRY} ，/PUNCT 人们/NOUN 用/ADP 哪/DET 种/NOUN 货币/NOUN "
        "付款/VERB",
        "language": f"在/ADP {_COUNTRY} ，/PUNCT 人们/NOUN 讲/VERB 哪/DET 门/NOUN 语言/NOUN",
        "city": f"哪/DET 座/NOUN 城市/NOUN 位于/VERB {_COUNTRY}",
    }
    _KINDS = {
        "person": "人/NOUN",
        "animal": "动物/NOUN",
        "food": "食物/NOUN",
        "furniture": "家具/NOUN",
        "clothes": "衣物/NOUN",
        "tool": "工具/NOUN",
        "document": "可以/AUX 阅读/VERB 的/PART 东西/NOUN",
        "country": "国家/NOUN",
        "language": "语言/NOUN",
        "currency": "货币/NOUN",
        "city": "城市/NOUN",
        "length": "长度/NOUN 单位/NOUN",
        "mass": "重量/NOUN 单位/NOUN",
        "time": "时间/NOUN 单位/NOUN",
        "volume": "容积/NOUN 单位/NOUN",
    }
    KIND_STATEMENTS = {
        kind: f"{_WORD} 这/DET 个/NOUN 词/NOUN 指/VERB 的/PART 是/AUX "
        f"一/NUM {_KIND_MEASURES.get(kind, '种')}/NOUN {phrase}"
        for kind, phrase in _KINDS.items()
    }
    KIND_QUESTIONS = {kind: f"{_OF_THESE} 是/AUX {phrase}" for kind, phrase in _KINDS.items()}
    NOT_KIND_QUESTIONS = {
        kind: f"{_OF_THESE} 不/ADV 是/AUX {phrase}" for kind, phrase in _KINDS.items()
    }
    SUM = "{left} 加/VERB {right} 等于/VERB {result}"
    DIFFERENCE = "{left} 减/VERB {right} 等于/VERB {result}"
    SUM_QUESTION = "{left} 加/VERB {right} 等于/VERB 几/PRON"
    DIFFERENCE_QUESTION = "{left} 减/VERB {right} 等于/VERB 几/PRON"
    CALENDAR_QUESTIONS = {
        step: f"今天/NOUN 是/AUX {{day}} 。/PUNCT {word}/NOUN 是/AUX 星期/NOUN 几/NUM"
        for step, word in _CALENDAR.items()
    }
    CALENDAR_STATEMENTS = {
        step: f"今天/NOUN 是/AUX {{day}} 。/PUNCT {word}/NOUN 是/AUX {{value}}"
        for step, word in _CALENDAR.items()
    }
    MONTH_QUESTIONS = {step: f"{phrase} 几/NUM 月/NOUN" for step, phrase in _MONTH_STEPS.items()}
    MONTH_STATEMENTS = {step: f"{phrase} {{value}}" for step, phrase in _MONTH_STEPS.items()}
    OPPOSITE = f"{_WORD} 的/PART 反义词/NOUN 是/AUX “/PUNCT {{value}} ”/PUNCT"
    OPPOSITE_QUESTION = f"{_WORD} 的/PART 反义词/NOUN 是/AUX 哪/DET 个/NOUN 词/NOUN"

    def noun_phrase(self, noun: str, role: str, adjective: str | None = None) -> str:
        """Definite noun phrase: "that" with a measure word, or a bare agent."""
        middle = f"{_ADJECTIVES[adjective]} " if adjective else ""
        if noun in _BARE:
            return f"{middle}{_BARE[noun]}/NOUN"
        measure, word = _MEASURED[noun]
        that = "那些/DET" if measure == "些" else f"那/DET {measure}/NOUN"
        return f"{that} {middle}{word}/NOUN"

    def verb(self, event: Event, gender: str) -> dict[str, str]:
        """Perfective with 了; the negation 没有 replaces it and stands before the place."""
        verb = f"{_VERBS[event.verb]}/VERB"
        if event.negated:
            return {"verb": verb, "not": "没有/ADV", "base": ""}
        return {"verb": f"{verb} 了/AUX", "not": "", "base": ""}

    def predicate(self, judgement: Judgement, gender: str) -> dict[str, str]:
        """Adjectival predicate without copula; a plain affirmative one needs a weak 很."""
        plain = judgement.degree == "plain"
        negation = ""
        if judgement.negated:
            negation = "不/ADV" if plain else "并/ADV 不/ADV 是/AUX"
            if plain and judgement.adjective == "unpleasant":
                negation = "并/ADV 不/ADV"
        return {
            "was": "很/ADV" if plain and not judgement.negated else "",
            "not": negation,
            "adjective": _JUDGING[judgement.adjective],
        }


GRAMMAR = Chinese()
