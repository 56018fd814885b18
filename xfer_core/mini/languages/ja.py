"""Japanese: lexicon, templates and morphology of the mini benchmark."""

from __future__ import annotations

from xfer_core.mini import world
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.world import Event, Judgement


def _table(rows: str) -> dict[str, str]:
    """Concept -> Japanese word, out of "concept word" pairs."""
    words = rows.split()
    return dict(zip(words[::2], words[1::2], strict=True))


_NOUNS = _table("""
    doctor 医者  teacher 教師  farmer 農民  driver 運転手  singer 歌手  baker パン職人
    student 学生  nurse 看護師  soldier 兵士  writer 作家  painter 画家  judge 裁判官
    king 王  queen 女王  girl 少女  boy 少年  mother 母親  father 父親
    grandmother 祖母  uncle 叔父
    dog 犬  cat 猫  horse 馬  cow 牛  bird 鳥  fish 魚  sheep 羊  wolf オオカミ
    bear 熊  mouse ネズミ  lion ライオン  elephant 象  monkey 猿  rabbit ウサギ
    apple リンゴ  bread パン  cheese チーズ  egg 卵  cake ケーキ  orange オレンジ
    banana バナナ  potato ジャガイモ  honey 蜂蜜  salt 塩
    chair 椅子  table テーブル  bed ベッド  lamp ランプ  cupboard 戸棚  sofa ソファー
    mirror 鏡  carpet じゅうたん
    shirt シャツ  hat 帽子  coat コート  dress ドレス  belt ベルト  scarf スカーフ
    glove 手袋  sock 靴下
    knife ナイフ  hammer ハンマー  key 鍵  rope ロープ  brush ブラシ  bucket バケツ
    needle 針  ladder はしご
    book 本  letter 手紙  newspaper 新聞  picture 絵  map 地図  dictionary 辞書
    film 映画  meal 食事  hotel ホテル  music 音楽  story 物語  journey 旅
    party パーティー  song 歌  concert コンサート  game 試合  weather 天気
""")
_PLACES = _table("""
    market 市場  school 学校  garden 庭  kitchen 台所  station 駅  hospital 病院
    library 図書館  forest 森  village 村  street 通り  museum 博物館  hotel ホテル
""")
_DAYS = _table("""
    monday 月曜日  tuesday 火曜日  wednesday 水曜日  thursday 木曜日  friday 金曜日
    saturday 土曜日  sunday 日曜日
""")
_ADJECTIVES = {
    "red": "赤い/ADJ",
    "green": "緑/NOUN の/ADP",
    "blue": "青い/ADJ",
    "black": "黒い/ADJ",
    "white": "白い/ADJ",
    "yellow": "黄色い/ADJ",
    "big": "大きい/ADJ",
    "small": "小さい/ADJ",
    "old": "古い/ADJ",
    "new": "新しい/ADJ",
}
# What is judged: adjectives in い inflect themselves, the others need the copula.
_JUDGING = _table("""
    good 良い  wonderful 素晴らしい  excellent 見事  beautiful 美しい  pleasant 心地よい
    interesting 面白い  great 素敵  perfect 完璧
    bad 悪い  terrible ひどい  awful 最悪  ugly 醜い  unpleasant 不快  boring 退屈
    dreadful 悲惨  weak 貧弱
""")
# Concept, stem before the past ending, past ending, stem before the negation.
_VERBS = {
    concept: (past, ending, negative)
    for concept, past, ending, negative in (
        row.split()
        for row in """\
buy 買っ/VERB た 買わ/VERB
sell 売っ/VERB た 売ら/VERB
find 見つけ/VERB た 見つけ/VERB
lose なくし/VERB た なくさ/VERB
see 見/VERB た 見/VERB
carry 運ん/VERB だ 運ば/VERB
steal 盗ん/VERB だ 盗ま/VERB
hide 隠し/VERB た 隠さ/VERB
bring き/AUX た こ/AUX
clean し/VERB た し/VERB
forget 忘れ/VERB た 忘れ/VERB
take 取っ/VERB た 取ら/VERB""".splitlines()
    )
}
_PREVERBS = {"bring": "持っ/VERB て/SCONJ ", "clean": "きれい/ADJ に/AUX "}
_NOT = "なかっ/AUX た/AUX"
_UNITS = "一二三四五六七八九"

_CALLED = "と/ADP いう/VERB"
_COUNTRY = f"{{country}} {_CALLED} 国/NOUN"
_PEOPLE_THERE = f"{_COUNTRY} で/ADP は/ADP 、/PUNCT 人々/NOUN は/ADP"
_WORD = f"「/PUNCT {{name}} 」/PUNCT {_CALLED} 語/NOUN"
_OTHER_WORD = f"「/PUNCT {{value}} 」/PUNCT {_CALLED} 語/NOUN"
_AMONG_THESE = "この/DET 中/NOUN で/ADP"
_DID = "の/SCONJ です/AUX か/PART"
_IS_IT = "です/AUX か/PART"
_NEIGHBOURS = {"after": "次/NOUN に/ADP", "before": "前/NOUN に/ADP"}
# Step -> the word for the day, whether it is past.
_STEPS = {
    "yesterday": ("昨日", True),
    "tomorrow": ("明日", False),
    "before_yesterday": ("一昨日", True),
    "after_tomorrow": ("明後日", False),
}


class Japanese(Grammar):
    """Japanese: verb-final, particles as words of their own, no articles, no gender.

    Endings are cut off as Universal Dependencies do: 買っ/VERB た/AUX. Agents are topics (は);
    statements are in plain style, questions in polite style.
    """

    code = "ja"
    separator = ""
    full_stop = "。/PUNCT"
    question_mark = "？/PUNCT"
    capitalise = False

    LABELS = {noun: _NOUNS[noun] for noun in world.COMMON_NOUNS}
    GIVEN_NAMES = _table("""
        anna アンナ  maria マリア  olga オルガ  sofia ソフィア  laura ラウラ  elena エレナ
        nina ニーナ  eva エヴァ  sara サラ  julia ジュリア  emma エマ  clara クララ
        ivan イワン  paul ポール  victor ヴィクトル  david デイヴィッド  daniel ダニエル
        martin マーティン  robert ロバート  peter ピーター  thomas トーマス  omar オマル
        felix フェリックス  leon レオン
    """)
    COMPANIES = _table("""
        veltron ヴェルトロン  novaris ノヴァリス  komadis コマディス  lumetra ルメトラ
        baxodor バクソドール  tirello ティレッロ  zemira ゼミラ  orvanta オルヴァンタ
        kaldura カルドゥラ  pelinor ペリノール  sorvex ソルヴェックス  midoran ミドラン
        falcora ファルコラ  rundel ルンデル  gavotta ガヴォッタ  xenika ゼニカ
    """)
    OPPOSITES = _table("""
        big 大きい  small 小さい  old 古い  new 新しい  black 黒い  white 白い
        good 良い  bad 悪い  hot 熱い  cold 冷たい  long 長い  short 短い
        strong 強い  weak 弱い  rich 豊か  poor 貧しい  high 高い  low 低い
        heavy 重い  light 軽い  fast 速い  slow のろい  wet 濡れた  dry 乾いた
        full いっぱい  empty 空っぽ  open 開いた  closed 閉じた  hard 硬い  soft 柔らかい
        early 早い  late 遅い
    """)
    PLACES = {place: f"{word}/NOUN で/ADP" for place, word in _PLACES.items()}
    DAYS = {day: f"{word}/NOUN に/ADP" for day, word in _DAYS.items()}
    NUMBERS = ("ゼロ", *_UNITS, "十", *(f"十{unit}" for unit in _UNITS), "二十")

    EVENT = "{agent} は/ADP {day} {place} {object} を/ADP {verb}"
    EVENT_DAY_FIRST = "{day} 、/PUNCT {agent} は/ADP {place} {object} を/ADP {verb}"
    EVENT_QUESTIONS = {
        "agent": (
            f"誰/PRON が/ADP {{day}} {{place}} {{object}} を/ADP {{verb}} {_DID}",
            f"{{day}} {{place}} {{object}} を/ADP {{verb}} の/SCONJ は/ADP 誰/PRON {_IS_IT}",
        ),
        "object": (
            f"{{agent}} は/ADP {{day}} {{place}} 何/PRON を/ADP {{verb}} {_DID}",
            f"{{day}} {{agent}} が/ADP {{place}} {{verb}} の/SCONJ は/ADP 何/PRON {_IS_IT}",
        ),
        "place": (
            f"{{agent}} は/ADP {{day}} どこ/PRON で/ADP {{object}} を/ADP {{verb}} {_DID}",
            "{day} {agent} が/ADP {object} を/ADP {verb} の/SCONJ は/ADP どこ/PRON "
            f"{_IS_IT}",
        ),
        "day": (
            f"{{agent}} は/ADP いつ/PRON {{place}} {{object}} を/ADP {{verb}} {_DID}",
            "{agent} は/ADP 何/PRON 曜日/NOUN に/ADP {place} {object} を/ADP {verb} "
            f"{_DID}",
        ),
    }
    ASK = "教え/VERB て/SCONJ ください/AUX ：/PUNCT"
    SAYS = "{agent} は/ADP こう/ADV 言っ/VERB て/SCONJ いる/AUX ：/PUNCT"
    JUDGEMENT = "{subject} は/ADP {degree} {adjective} {was} {not}"
    DEGREES = {"very": "とても/ADV", "really": "本当/ADJ に/AUX"}
    MENTIONS = {
        category: f"{{agent}} は/ADP {{name}} {_CALLED} {deed}"
        for category, deed in {
            "country": "国/NOUN へ/ADP 旅行/VERB し/AUX た/AUX",
            "language": "言語/NOUN を/ADP 学ん/VERB だ/AUX",
            "currency": "通貨/NOUN で/ADP 支払っ/VERB た/AUX",
            "city": "都市/NOUN を/ADP 訪れ/VERB た/AUX",
            "company": "会社/NOUN で/ADP 働い/VERB た/AUX",
        }.items()
    }
    KNOWLEDGE = {
        "currency": f"{_PEOPLE_THERE} {{value}} {_CALLED} 通貨/NOUN で/ADP 支払う/VERB",
        "language": f"{_PEOPLE_THERE} {{value}} {_CALLED} 言語/NOUN を/ADP 話す/VERB",
        "city": f"{{value}} {_CALLED} 都市/NOUN は/ADP {_COUNTRY} に/ADP ある/VERB",
    }
    KNOWLEDGE_QUESTIONS = {
        "currency": f"{_PEOPLE_THERE} どの/DET 通貨/NOUN で/ADP 支払い/VERB ます/AUX か/PART",
        "language": f"{_PEOPLE_THERE} どの/DET 言語/NOUN を/ADP 話し/VERB ます/AUX か/PART",
        "city": f"{_COUNTRY} に/ADP ある/VERB の/SCONJ は/ADP どの/DET 都市/NOUN {_IS_IT}",
    }
    _KINDS = {
        "person": "人間/NOUN",
        "animal": "動物/NOUN",
        "food": "食べ物/NOUN",
        "furniture": "家具/NOUN",
        "clothes": "衣類/NOUN",
        "tool": "道具/NOUN",
        "document": "読む/VERB もの/NOUN",
        "country": "国/NOUN",
        "language": "言語/NOUN",
        "currency": "通貨/NOUN",
        "city": "都市/NOUN",
        "length": "長さ/NOUN の/ADP 単位/NOUN",
        "mass": "重さ/NOUN の/ADP 単位/NOUN",
        "time": "時間/NOUN の/ADP 単位/NOUN",
        "volume": "体積/NOUN の/ADP 単位/NOUN",
    }
    KIND_STATEMENTS = {
        kind: f"{_WORD} は/ADP {phrase} を/ADP 表す/VERB" for kind, phrase in _KINDS.items()
    }
    KIND_QUESTIONS = {
        kind: f"{_AMONG_THESE} {phrase} は/ADP どれ/PRON {_IS_IT}"
        for kind, phrase in _KINDS.items()
    }
    NOT_KIND_QUESTIONS = {
        kind: f"{_AMONG_THESE} {phrase} で/AUX は/ADP ない/AUX の/SCONJ は/ADP どれ/PRON {_IS_IT}"
        for kind, phrase in _KINDS.items()
    }
    SUM = "{left} 足す/VERB {right} は/ADP {result} だ/AUX"
    DIFFERENCE = "{left} 引く/VERB {right} は/ADP {result} だ/AUX"
    SUM_QUESTION = f"{{left}} 足す/VERB {{right}} は/ADP いくつ/PRON {_IS_IT}"
    DIFFERENCE_QUESTION = f"{{left}} 引く/VERB {{right}} は/ADP いくつ/PRON {_IS_IT}"
    CALENDAR_QUESTIONS = {
        step: f"今日/NOUN は/ADP {{day}} です/AUX 。/PUNCT {word}/NOUN は/ADP 何/PRON 曜日/NOUN "
        + ("でし/AUX た/AUX か/PART" if past else "です/AUX か/PART")
        for step, (word, past) in _STEPS.items()
    }
    CALENDAR_STATEMENTS = {
        step: f"今日/NOUN は/ADP {{day}} だ/AUX 。/PUNCT {word}/NOUN は/ADP {{value}} "
        + ("だっ/AUX た/AUX" if past else "だ/AUX")
        for step, (word, past) in _STEPS.items()
    }
    MONTH_QUESTIONS = {
        step: f"{{name}} の/ADP {there} 来る/VERB の/SCONJ は/ADP どの/DET 月/NOUN です/AUX か/PART"
        for step, there in _NEIGHBOURS.items()
    }
    MONTH_STATEMENTS = {
        step: f"{{value}} は/ADP {{name}} の/ADP {there} 来る/VERB"
        for step, there in _NEIGHBOURS.items()
    }
    OPPOSITE = f"{_WORD} の/ADP 反対/NOUN は/ADP {_OTHER_WORD} だ/AUX"
    OPPOSITE_QUESTION = f"{_WORD} の/ADP 反対/NOUN は/ADP どの/DET 語/NOUN {_IS_IT}"

    def noun_phrase(self, noun: str, role: str, adjective: str | None = None) -> str:
        """Bare noun phrase; the particle behind it stands in the template."""
        before = f"{_ADJECTIVES[adjective]} " if adjective else ""
        return f"{before}{_NOUNS[noun]}/NOUN"

    def verb(self, event: Event, gender: str) -> dict[str, str]:
        """Plain past in た; the negation なかった is an ending of the verb."""
        past, ending, negative = _VERBS[event.verb]
        form = f"{negative} {_NOT}" if event.negated else f"{past} {ending}/AUX"
        return {"verb": f"{_PREVERBS.get(event.verb, '')}{form}", "not": "", "base": ""}

    def predicate(self, judgement: Judgement, gender: str) -> dict[str, str]:
        """Plain past; negated with a degree it is "it is not that it was very good"."""
        word = _JUDGING[judgement.adjective]
        stem = word.removesuffix("い")
        inflects = stem != word
        if judgement.negated and judgement.degree == "plain":
            adjective = f"{stem}く/ADJ" if inflects else f"{word}/ADJ"
            return {"was": "" if inflects else "で/AUX は/ADP", "not": _NOT, "adjective": adjective}
        return {
            "was": "た/AUX" if inflects else "だっ/AUX た/AUX",
            "not": "わけ/NOUN で/AUX は/ADP ない/AUX" if judgement.negated else "",
            "adjective": f"{stem}かっ/ADJ" if inflects else f"{word}/ADJ",
        }


GRAMMAR = Japanese()
