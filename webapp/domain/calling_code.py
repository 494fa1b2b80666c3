"""Where somebody on WhatsApp is at home, as their user id or their number says.

A user id begins with the country. A number begins with a calling code, which mostly belongs to one
country; +1 and +7 are shared and told apart by what follows. Where several small places share a
code with a large one they count as it. +1 numbers of the United States' islands, and whatever is
no country's, have no country here: whose country is not known is read by the strictest rule.
"""

from __future__ import annotations

import re
from functools import lru_cache

_USER_ID = re.compile(r"([A-Z]{2})\.[^.]+")
_NUMBER = re.compile(r"\+?([1-9][0-9]{6,14})")
_NORTH_AMERICAN = re.compile(r"1([2-9][0-9]{2})[0-9]{7}")
_LONGEST = 3  # digits of a calling code; two of +7 tell Kazakhstan from Russia

_CODES = """
20 EG 27 ZA 30 GR 31 NL 32 BE 33 FR 34 ES 36 HU 39 IT 40 RO 41 CH 43 AT 44 GB 45 DK 46 SE 47 NO
48 PL 49 DE 51 PE 52 MX 53 CU 54 AR 55 BR 56 CL 57 CO 58 VE 60 MY 61 AU 62 ID 63 PH 64 NZ 65 SG
66 TH 7 RU 76 KZ 77 KZ 81 JP 82 KR 84 VN 86 CN 90 TR 91 IN 92 PK 93 AF 94 LK 95 MM 98 IR 211 SS
212 MA 213 DZ 216 TN 218 LY 220 GM 221 SN 222 MR 223 ML 224 GN 225 CI 226 BF 227 NE 228 TG 229 BJ
230 MU 231 LR 232 SL 233 GH 234 NG 235 TD 236 CF 237 CM 238 CV 239 ST 240 GQ 241 GA 242 CG 243 CD
244 AO 245 GW 246 IO 248 SC 249 SD 250 RW 251 ET 252 SO 253 DJ 254 KE 255 TZ 256 UG 257 BI 258 MZ
260 ZM 261 MG 262 RE 263 ZW 264 NA 265 MW 266 LS 267 BW 268 SZ 269 KM 290 SH 291 ER 297 AW 298 FO
299 GL 350 GI 351 PT 352 LU 353 IE 354 IS 355 AL 356 MT 357 CY 358 FI 359 BG 370 LT 371 LV 372 EE
373 MD 374 AM 375 BY 376 AD 377 MC 378 SM 380 UA 381 RS 382 ME 383 XK 385 HR 386 SI 387 BA 389 MK
420 CZ 421 SK 423 LI 500 FK 501 BZ 502 GT 503 SV 504 HN 505 NI 506 CR 507 PA 508 PM 509 HT 590 GP
591 BO 592 GY 593 EC 594 GF 595 PY 596 MQ 597 SR 598 UY 599 CW 670 TL 673 BN 674 NR 675 PG 676 TO
677 SB 678 VU 679 FJ 680 PW 681 WF 682 CK 683 NU 685 WS 686 KI 687 NC 688 TV 689 PF 690 TK 691 FM
692 MH 850 KP 852 HK 853 MO 855 KH 856 LA 880 BD 886 TW 960 MV 961 LB 962 JO 963 SY 964 IQ 965 KW
966 SA 967 YE 968 OM 970 PS 971 AE 972 IL 973 BH 974 QA 975 BT 976 MN 977 NP 992 TJ 993 TM 994 AZ
995 GE 996 KG 998 UZ
"""
_PARTS = _CODES.split()
_COUNTRY = dict(zip(_PARTS[::2], _PARTS[1::2], strict=True))
# The area codes of +1 outside the United States. One that is missing is taken for one of theirs,
# where marketing is not delivered: the stricter reading.
_AREAS = {
    "CA": """204 226 236 249 250 257 263 289 306 343 354 365 367 368 382 403 416 418 428 431 437 438
        450 468 474 506 514 519 548 579 581 584 587 604 613 639 647 672 683 705 709 742 753 778 780
        782 807 819 825 867 873 879 902 905 942""",
    "DO": "809 829 849", "JM": "658 876", "PR": "787 939", "BS": "242", "BB": "246", "AI": "264",
    "AG": "268", "VG": "284", "KY": "345", "BM": "441", "GD": "473", "TC": "649", "MS": "664",
    "SX": "721", "LC": "758", "DM": "767", "VC": "784", "TT": "868", "KN": "869",
}  # fmt: skip
_AREA = {code: country for country, codes in _AREAS.items() for code in codes.split()}
_ISLANDS = frozenset({"340", "670", "671", "684"})  # of the United States
_UNITED_STATES = "US"


@lru_cache(maxsize=1024)
def country_of(key: str | None) -> str | None:
    """The two letters of the country a user id or a number (with or without a plus) belongs to."""
    told = _USER_ID.fullmatch(key or "")
    if told:
        return told[1]
    found = _NUMBER.fullmatch(key or "")
    if not found:
        return None
    if found[1].startswith("1"):
        return _in_north_america(found[1])
    codes = (found[1][:digits] for digits in range(_LONGEST, 0, -1))
    return next((_COUNTRY[code] for code in codes if code in _COUNTRY), None)


def _in_north_america(number: str) -> str | None:
    area = _NORTH_AMERICAN.fullmatch(number)
    if area is None or area[1] in _ISLANDS:
        return None
    return _AREA.get(area[1], _UNITED_STATES)
