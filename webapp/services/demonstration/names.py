"""Invented people's names, cities and zones, by country. Nobody real is meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Place:
    """A country of the crowd: its share of it, and what its people are called and speak."""

    country: str
    share: int  # of a hundred
    locale: str
    cities: tuple[tuple[str, str], ...]  # city, zone
    first: tuple[str, ...]
    last: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split(" | "))


PLACES: Final = (
    Place(
        "AU", 34, "en_AU",
        (("Melbourne", "Australia/Melbourne"), ("Sydney", "Australia/Sydney"),
         ("Brisbane", "Australia/Brisbane"), ("Perth", "Australia/Perth"),
         ("Adelaide", "Australia/Adelaide")),
        _words("Olivia | Jack | Charlotte | Noah | Amelia | Oliver | Isla | William | Mia | Leo |"
               " Ava | Henry | Grace | Thomas | Zoe | Lachlan | Ruby | Ethan | Chloe | Harper"),
        _words("Smith | Nguyen | Jones | Williams | Brown | Wilson | Taylor | Singh | Murphy |"
               " Kelly | Campbell | O’Brien | Walker | Robinson | Kaur | Thompson"),
    ),
    Place(
        "BR", 12, "pt_BR",
        (("São Paulo", "America/Sao_Paulo"), ("Rio de Janeiro", "America/Sao_Paulo"),
         ("Manaus", "America/Manaus"), ("Recife", "America/Recife")),
        _words("Ana Clara | João | Maria Eduarda | Pedro | Beatriz | Lucas | Júlia | Rafael |"
               " Camila | Thiago | Letícia | Gustavo"),
        _words("Souza | Oliveira | Santos | Pereira | Lima | Carvalho | Araújo | Ribeiro | Gomes"),
    ),
    Place(
        "MX", 9, "es_MX",
        (("Ciudad de México", "America/Mexico_City"), ("Guadalajara", "America/Mexico_City"),
         ("Tijuana", "America/Tijuana"), ("Mérida", "America/Merida")),
        _words("Sofía | Santiago | Valentina | Mateo | Regina | Diego | Ximena | Emiliano |"
               " Camila | Iker | Renata"),
        _words("Hernández | García | Martínez | López | González | Ramírez | Flores | Núñez"),
    ),
    Place(
        "US", 11, "en_US",
        (("New York", "America/New_York"), ("Los Angeles", "America/Los_Angeles"),
         ("Chicago", "America/Chicago"), ("Phoenix", "America/Phoenix")),
        _words("Emma | Liam | Sophia | Mason | Madison | Logan | Aaliyah | Jayden | Hannah |"
               " Elijah | Natalie | Marcus"),
        _words("Johnson | Miller | Davis | Garcia | Anderson | Jackson | Lee | Lopez | Carter"),
    ),
    Place(
        "TH", 8, "th_TH",
        (("กรุงเทพมหานคร", "Asia/Bangkok"), ("เชียงใหม่", "Asia/Bangkok")),
        _words("สมชาย | อรทัย | ณัฐพล | พิมพ์ชนก | กิตติ | วราภรณ์ | ธนวัฒน์ | ศิริพร | ปิยะ"),
        _words("ศรีสุข | ใจดี | วงศ์ทอง | แก้วมณี | บุญมา | สุวรรณ"),
    ),
    Place(
        "VN", 8, "vi_VN",
        (("TP. Hồ Chí Minh", "Asia/Ho_Chi_Minh"), ("Hà Nội", "Asia/Ho_Chi_Minh"),
         ("Đà Nẵng", "Asia/Ho_Chi_Minh")),
        _words("Linh | Minh | Hương | Tuấn | Lan | Đức | Thảo | Quân | Ngọc | Hải"),
        _words("Nguyễn | Trần | Lê | Phạm | Đặng | Võ | Bùi"),
    ),
    Place(
        "FR", 7, "fr_FR",
        (("Paris", "Europe/Paris"), ("Lyon", "Europe/Paris"), ("Nantes", "Europe/Paris")),
        _words("Camille | Léo | Inès | Hugo | Manon | Théo | Chloé | Jules | Élodie | Maël"),
        _words("Martin | Bernard | Dubois | Lefèvre | Moreau | Girard | Benoît | Fournier"),
    ),
    Place(
        "GB", 7, "en_GB",
        (("London", "Europe/London"), ("Manchester", "Europe/London"),
         ("Glasgow", "Europe/London")),
        _words("George | Poppy | Arthur | Freya | Muhammad | Evie | Alfie | Niamh | Oscar"),
        _words("Evans | Patel | Hughes | Khan | Wright | MacLeod | Clarke | Bennett"),
    ),
    Place(
        "JP", 4, "ja_JP",
        (("東京", "Asia/Tokyo"), ("大阪", "Asia/Tokyo")),
        _words("陽菜 | 蓮 | 結衣 | 大翔 | さくら | 悠真 | 美咲"),
        _words("佐藤 | 鈴木 | 高橋 | 田中 | 渡辺"),
    ),
)  # fmt: skip
