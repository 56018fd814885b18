"""Greek: lexicon, templates and morphology of the mini benchmark."""

from __future__ import annotations

from xfer_core.mini import world
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.world import Event, Judgement

# Concept, nominative, gender.
_NOUNS = """
doctor γιατρός m, teacher δάσκαλος m, farmer αγρότης m, driver οδηγός m, singer τραγουδιστής m,
baker φούρναρης m, student φοιτητής m, nurse νοσοκόμα f, soldier στρατιώτης m,
writer συγγραφέας m, painter ζωγράφος m, judge δικαστής m, king βασιλιάς m, queen βασίλισσα f,
girl κορίτσι n, boy αγόρι n, mother μητέρα f, father πατέρας m, grandmother γιαγιά f,
uncle θείος m,
dog σκύλος m, cat γάτα f, horse άλογο n, cow αγελάδα f, bird πουλί n, fish ψάρι n,
sheep πρόβατο n, wolf λύκος m, bear αρκούδα f, mouse ποντίκι n, lion λιοντάρι n,
elephant ελέφαντας m, monkey μαϊμού f, rabbit κουνέλι n,
apple μήλο n, bread ψωμί n, cheese τυρί n, egg αυγό n, cake τούρτα f, orange πορτοκάλι n,
banana μπανάνα f, potato πατάτα f, honey μέλι n, salt αλάτι n,
chair καρέκλα f, table τραπέζι n, bed κρεβάτι n, lamp λάμπα f, cupboard ντουλάπι n,
sofa καναπές m, mirror καθρέφτης m, carpet χαλί n,
shirt πουκάμισο n, hat καπέλο n, coat παλτό n, dress φόρεμα n, belt ζώνη f, scarf κασκόλ n,
glove γάντι n, sock κάλτσα f,
knife μαχαίρι n, hammer σφυρί n, key κλειδί n, rope σχοινί n, brush βούρτσα f, bucket κουβάς m,
needle βελόνα f, ladder σκάλα f,
book βιβλίο n, letter γράμμα n, newspaper εφημερίδα f, picture εικόνα f, map χάρτης m,
dictionary λεξικό n,
film ταινία f, meal γεύμα n, hotel ξενοδοχείο n, music μουσική f, story ιστορία f,
journey ταξίδι n, party πάρτι n, song τραγούδι n, concert συναυλία f, game παιχνίδι n,
weather καιρός m
"""
_LEXICON = {concept: (word, gender) for concept, word, gender in map(str.split, _NOUNS.split(","))}
# Aorist, third person singular.
_VERBS = {
    "buy": "αγόρασε",
    "sell": "πούλησε",
    "find": "βρήκε",
    "lose": "έχασε",
    "see": "είδε",
    "carry": "κουβάλησε",
    "steal": "έκλεψε",
    "hide": "έκρυψε",
    "bring": "έφερε",
    "clean": "καθάρισε",
    "forget": "ξέχασε",
    "take": "πήρε",
}
# Nominative: masculine, feminine, neuter.
_ATTRIBUTES = {
    "red": "κόκκινος κόκκινη κόκκινο",
    "green": "πράσινος πράσινη πράσινο",
    "blue": "μπλε μπλε μπλε",
    "black": "μαύρος μαύρη μαύρο",
    "white": "άσπρος άσπρη άσπρο",
    "yellow": "κίτρινος κίτρινη κίτρινο",
    "big": "μεγάλος μεγάλη μεγάλο",
    "small": "μικρός μικρή μικρό",
    "old": "παλιός παλιά παλιό",
    "new": "καινούργιος καινούργια καινούργιο",
}
_JUDGEMENTS = {
    "good": "καλός καλή καλό",
    "wonderful": "υπέροχος υπέροχη υπέροχο",
    "excellent": "εξαιρετικός εξαιρετική εξαιρετικό",
    "beautiful": "όμορφος όμορφη όμορφο",
    "pleasant": "ευχάριστος ευχάριστη ευχάριστο",
    "interesting": "ενδιαφέρων ενδιαφέρουσα ενδιαφέρον",
    "great": "καταπληκτικός καταπληκτική καταπληκτικό",
    "perfect": "τέλειος τέλεια τέλειο",
    "bad": "κακός κακή κακό",
    "terrible": "φρικτός φρικτή φρικτό",
    "awful": "απαίσιος απαίσια απαίσιο",
    "ugly": "άσχημος άσχημη άσχημο",
    "unpleasant": "δυσάρεστος δυσάρεστη δυσάρεστο",
    "boring": "βαρετός βαρετή βαρετό",
    "dreadful": "άθλιος άθλια άθλιο",
    "weak": "αδύναμος αδύναμη αδύναμο",
}
_OPPOSITES = """
big μεγάλος, small μικρός, old παλιός, new καινούργιος, black μαύρος, white άσπρος,
good καλός, bad κακός, hot ζεστός, cold κρύος, long μακρύς, short κοντός,
strong δυνατός, weak αδύναμος, rich πλούσιος, poor φτωχός, high ψηλός, low χαμηλός,
heavy βαρύς, light ελαφρύς, fast γρήγορος, slow αργός, wet βρεγμένος, dry στεγνός,
full γεμάτος, empty άδειος, open ανοιχτός, closed κλειστός, hard σκληρός, soft μαλακός,
early πρώιμος, late όψιμος
"""
_PLACES = """
market στην αγορά, school στο σχολείο, garden στον κήπο, kitchen στην κουζίνα,
station στον σταθμό, hospital στο νοσοκομείο, library στη βιβλιοθήκη, forest στο δάσος,
village στο χωριό, street στον δρόμο, museum στο μουσείο, hotel στο ξενοδοχείο
"""
_DAYS = """
monday τη Δευτέρα, tuesday την Τρίτη, wednesday την Τετάρτη, thursday την Πέμπτη,
friday την Παρασκευή, saturday το Σάββατο, sunday την Κυριακή
"""
_GIVEN_NAMES = """
anna Άννα, maria Μαρία, olga Όλγα, sofia Σοφία, laura Λάουρα, elena Έλενα, nina Νίνα, eva Εύα,
sara Σάρα, julia Τζούλια, emma Έμμα, clara Κλάρα,
ivan Ιβάν, paul Πολ, victor Βίκτωρ, david Ντέιβιντ, daniel Ντάνιελ, martin Μάρτιν,
robert Ρόμπερτ, peter Πίτερ, thomas Τόμας, omar Ομάρ, felix Φέλιξ, leon Λέον
"""
_COMPANIES = """
veltron Βέλτρον, novaris Νοβάρις, komadis Κομάντις, lumetra Λουμέτρα, baxodor Μπάξοντορ,
tirello Τιρέλο, zemira Ζεμίρα, orvanta Ορβάντα, kaldura Καλντούρα, pelinor Πελίνορ,
sorvex Σόρβεξ, midoran Μιντόραν, falcora Φαλκόρα, rundel Ρούντελ, gavotta Γκαβότα, xenika Ξενίκα
"""
_NUMBERS = """
μηδέν ένα δύο τρία τέσσερα πέντε έξι επτά οκτώ εννέα δέκα έντεκα δώδεκα δεκατρία δεκατέσσερα
δεκαπέντε δεκαέξι δεκαεπτά δεκαοκτώ δεκαεννέα είκοσι
"""
# Indefinite article and noun; a predicate ("is an animal") has no article.
_KINDS = {
    "person": ("ένα/DET", "πρόσωπο/NOUN"),
    "animal": ("ένα/DET", "ζώο/NOUN"),
    "food": ("ένα/DET", "τρόφιμο/NOUN"),
    "furniture": ("ένα/DET", "έπιπλο/NOUN"),
    "clothes": ("ένα/DET", "είδος/NOUN ένδυσης/NOUN"),
    "tool": ("ένα/DET", "εργαλείο/NOUN"),
    "document": ("", "κάτι/PRON για/ADP διάβασμα/NOUN"),
    "country": ("μια/DET", "χώρα/NOUN"),
    "language": ("μια/DET", "γλώσσα/NOUN"),
    "currency": ("ένα/DET", "νόμισμα/NOUN"),
    "city": ("μια/DET", "πόλη/NOUN"),
    "length": ("μια/DET", "μονάδα/NOUN μήκους/NOUN"),
    "mass": ("μια/DET", "μονάδα/NOUN βάρους/NOUN"),
    "time": ("μια/DET", "μονάδα/NOUN χρόνου/NOUN"),
    "volume": ("μια/DET", "μονάδα/NOUN όγκου/NOUN"),
}
_MONTH_STEPS = {"after": "μετά/ADV από/ADP", "before": "πριν/ADV από/ADP"}
_ARTICLES = {
    "subject": {"m": "ο", "f": "η", "n": "το"},
    "object": {"m": "τον", "f": "τη", "n": "το"},
}
_KEEPS_N = tuple("αάεέηήιίοόυύωώκπτξψ") + ("μπ", "ντ", "γκ")
"""Beginnings before which the feminine article of the accusative is "την", not "τη"."""


def _table(rows: str) -> dict[str, str]:
    """Concept -> one word, from "concept word, concept word"."""
    return {concept: word for concept, word in map(str.split, rows.split(","))}


def _adverbials(rows: str, tag: str) -> dict[str, str]:
    """Concept -> tagged phrase, from "concept word noun"; the tag is the first word's."""
    triples = map(str.split, rows.split(","))
    return {concept: f"{word}/{tag} {noun}/NOUN" for concept, word, noun in triples}


class Greek(Grammar):
    """Greek: three genders, articles also before names, adjectives agree, "δεν" before verbs."""

    code = "el"
    question_mark = ";/PUNCT"
    GENDER = {concept: gender for concept, (_, gender) in _LEXICON.items()}
    LABELS = {noun: _LEXICON[noun][0] for noun in world.COMMON_NOUNS}
    GIVEN_NAMES = _table(_GIVEN_NAMES)
    COMPANIES = _table(_COMPANIES)
    OPPOSITES = _table(_OPPOSITES)
    PLACES = _adverbials(_PLACES, "ADP")
    DAYS = _adverbials(_DAYS, "DET")
    NUMBERS = tuple(_NUMBERS.split())

    EVENT = "{agent} {not} {verb} {object} {place} {day}"
    EVENT_DAY_FIRST = "{day} {agent} {not} {verb} {object} {place}"
    EVENT_QUESTIONS = {
        "agent": (
            "ποιος/PRON {not} {verb} {object} {place} {day}",
            "{day} ποιος/PRON {not} {verb} {object} {place}",
        ),
        "object": (
            "τι/PRON {not} {verb} {agent} {place} {day}",
            "{day} τι/PRON {not} {verb} {agent} {place}",
        ),
        "place": (
            "πού/ADV {not} {verb} {agent} {object} {day}",
            "{day} πού/ADV {not} {verb} {agent} {object}",
        ),
        "day": (
            "πότε/ADV {not} {verb} {agent} {object} {place}",
            "ποια/DET μέρα/NOUN {not} {verb} {agent} {object} {place}",
        ),
    }
    ASK = "παρακαλώ/VERB πες/VERB μου/PRON :/PUNCT"
    SAYS = "{agent} λέει/VERB :/PUNCT"
    JUDGEMENT = "{subject} {not} {was} {degree} {adjective}"
    DEGREES = {"very": "πολύ/ADV", "really": "πραγματικά/ADV"}
    MENTIONS = {
        "country": "{agent} ταξίδεψε/VERB στη/ADP χώρα/NOUN {name}",
        "language": "{agent} έμαθε/VERB τη/DET γλώσσα/NOUN {name}",
        "currency": "{agent} πλήρωσε/VERB με/ADP το/DET νόμισμα/NOUN {name}",
        "city": "{agent} επισκέφθηκε/VERB την/DET πόλη/NOUN {name}",
        "company": "{agent} δούλεψε/VERB για/ADP την/DET εταιρεία/NOUN {name}",
    }
    KNOWLEDGE = {
        "currency": "στη/ADP χώρα/NOUN {country} οι/DET άνθρωποι/NOUN πληρώνουν/VERB με/ADP "
        "το/DET νόμισμα/NOUN {value}",
        "language": "στη/ADP χώρα/NOUN {country} οι/DET άνθρωποι/NOUN μιλούν/VERB τη/DET "
        "γλώσσα/NOUN {value}",
        "city": "η/DET πόλη/NOUN {value} βρίσκεται/VERB στη/ADP χώρα/NOUN {country}",
    }
    KNOWLEDGE_QUESTIONS = {
        "currency": "με/ADP ποιο/DET νόμισμα/NOUN πληρώνουν/VERB οι/DET άνθρωποι/NOUN στη/ADP "
        "χώρα/NOUN {country}",
        "language": "ποια/DET γλώσσα/NOUN μιλούν/VERB οι/DET άνθρωποι/NOUN στη/ADP χώρα/NOUN "
        "{country}",
        "city": "ποια/DET πόλη/NOUN βρίσκεται/VERB στη/ADP χώρα/NOUN {country}",
    }
    KIND_STATEMENTS = {
        kind: f"η/DET λέξη/NOUN {{name}} δηλώνει/VERB {article} {noun}"
        for kind, (article, noun) in _KINDS.items()
    }
    KIND_QUESTIONS = {
        kind: f"ποιο/PRON από/ADP αυτά/PRON είναι/AUX {noun}" for kind, (_, noun) in _KINDS.items()
    }
    NOT_KIND_QUESTIONS = {
        kind: f"ποιο/PRON από/ADP αυτά/PRON δεν/PART είναι/AUX {noun}"
        for kind, (_, noun) in _KINDS.items()
    }
    SUM = "{left} συν/CCONJ {right} κάνει/VERB {result}"
    DIFFERENCE = "{left} μείον/CCONJ {right} κάνει/VERB {result}"
    SUM_QUESTION = "πόσο/ADV κάνει/VERB {left} συν/CCONJ {right}"
    DIFFERENCE_QUESTION = "πόσο/ADV κάνει/VERB {left} μείον/CCONJ {right}"
    CALENDAR_QUESTIONS = {
        step: f"σήμερα/ADV είναι/AUX {{day}} ./PUNCT Τι/DET μέρα/NOUN {asked}"
        for step, asked in {
            "yesterday": "ήταν/AUX χθες/ADV",
            "tomorrow": "είναι/AUX αύριο/ADV",
            "before_yesterday": "ήταν/AUX προχθές/ADV",
            "after_tomorrow": "είναι/AUX μεθαύριο/ADV",
        }.items()
    }
    CALENDAR_STATEMENTS = {
        step: f"σήμερα/ADV είναι/AUX {{day}} ./PUNCT {said} {{value}}"
        for step, said in {
            "yesterday": "Χθες/ADV ήταν/AUX",
            "tomorrow": "Αύριο/ADV είναι/AUX",
            "before_yesterday": "Προχθές/ADV ήταν/AUX",
            "after_tomorrow": "Μεθαύριο/ADV είναι/AUX",
        }.items()
    }
    MONTH_QUESTIONS = {
        step: f"ποιος/DET μήνας/NOUN έρχεται/VERB {phrase} τον/DET μήνα/NOUN {{name}}"
        for step, phrase in _MONTH_STEPS.items()
    }
    MONTH_STATEMENTS = {
        step: f"ο/DET μήνας/NOUN {{value}} έρχεται/VERB {phrase} τον/DET μήνα/NOUN {{name}}"
        for step, phrase in _MONTH_STEPS.items()
    }
    OPPOSITE = "το/DET αντίθετο/NOUN της/DET λέξης/NOUN {name} είναι/AUX η/DET λέξη/NOUN {value}"
    OPPOSITE_QUESTION = (
        "ποια/DET λέξη/NOUN είναι/AUX το/DET αντίθετο/NOUN της/DET λέξης/NOUN {name}"
    )

    def named(self, name: str) -> str:
        """Given names have the definite article."""
        article = _ARTICLES["subject"][self.gender(name)]
        return f"{article}/DET {self.GIVEN_NAMES[name]}/PROPN"

    def noun_phrase(self, noun: str, role: str, adjective: str | None = None) -> str:
        """Definite noun phrase in the nominative or accusative; masculines lose their "-ς"."""
        word, gender = _LEXICON[noun]
        words = [(word, "NOUN")]
        if adjective:
            words.insert(0, (_ATTRIBUTES[adjective].split()["mfn".index(gender)], "ADJ"))
        if role == "object" and gender == "m":
            words = [(form.removesuffix("ς"), tag) for form, tag in words]
        article = _ARTICLES[role][gender]
        if article == "τη" and words[0][0].startswith(_KEEPS_N):
            article = "την"
        return " ".join(f"{form}/{tag}" for form, tag in [(article, "DET"), *words])

    def verb(self, event: Event, gender: str) -> dict[str, str]:
        """Aorist; "δεν" stands right before it."""
        return {
            "verb": f"{_VERBS[event.verb]}/VERB",
            "not": "δεν/PART" if event.negated else "",
            "base": "",
        }

    def predicate(self, judgement: Judgement, gender: str) -> dict[str, str]:
        """Past copula and an adjective that agrees with the subject."""
        adjective = _JUDGEMENTS[judgement.adjective].split()["mfn".index(gender)]
        return {
            "was": "ήταν/AUX",
            "not": "δεν/PART" if judgement.negated else "",
            "adjective": f"{adjective}/ADJ",
        }


GRAMMAR = Greek()
