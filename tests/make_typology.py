"""Makes data/typology.csv: python -m tests.make_typology (after pip install urielplus==1.3.2).

Codes are those of ISO 639-3; where a code covers several languages, the one that the texts are in.
"""

from __future__ import annotations

import csv
import io
import sys
from typing import Any

from xfer_core.domain.language import LANGUAGES, REFERENCE_LANGUAGE
from xfer_core.typology import FILE, LEAST_FEATURES

ENGLISH = "eng"
FEATURES, SYNTAX = 1, "S_"
ISO = dict(
    pair.split("=")
    for pair in (
        "de=deu es=spa fr=fra ru=rus el=ell tr=tur ar=arb hi=hin zh=cmn ja=jpn sw=swh af=afr "
        "am=amh bg=bul bn=ben ca=cat cs=ces da=dan et=ekk eu=eus fa=pes fi=fin fil=fil gu=guj "
        "ha=hau he=heb hr=hrv hu=hun hy=hye id=ind ig=ibo is=isl it=ita jv=jav ka=kat kk=kaz "
        "kn=kan ko=kor ky=kir lt=lit mg=plt ml=mal mr=mar ms=zsm my=mya nb=nob ne=npi nl=nld "
        "ny=nya pl=pol pt=por ro=ron si=sin sk=slk sn=sna so=som sr=srp sv=swe ta=tam te=tel "
        "th=tha tl=tgl uk=ukr ur=urd vi=vie yo=yor"
    ).split()
)


def table() -> str:
    """The whole file; languages with fewer than ``LEAST_FEATURES`` shared features left out."""
    from urielplus.urielplus import URIELPlus

    uriel: Any = URIELPlus()
    codes = list(uriel.langs[FEATURES])
    syntax = [at for at, name in enumerate(uriel.feats[FEATURES]) if name.startswith(SYNTAX)]
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(["language", "iso", "shared_features", "distance"])

    def known(iso: str) -> Any:
        return (uriel.data[FEATURES][codes.index(iso)][syntax] != -1).any(axis=1)

    for code in LANGUAGES:
        if code == REFERENCE_LANGUAGE:
            continue
        shared = int((known(ENGLISH) & known(ISO[code])).sum())
        if shared >= LEAST_FEATURES:
            far = float(uriel.new_distance("syntactic", ENGLISH, ISO[code]))
            writer.writerow([code, ISO[code], shared, far])
    return written.getvalue()


if __name__ == "__main__":
    FILE.write_text(table(), encoding="utf-8")
    sys.stdout.write(f"Written to {FILE}.\n")
