"""Names of people who do not exist, put together of common ones.

Each list is in two halves by turns, so that no name that rules were tuned on is in the report.
"""

from __future__ import annotations

from random import Random

_ENGLISH = (
    """Karen Walter Denise Howard Gloria Stuart Phyllis Graham Wendy Trevor Heather Leonard Joyce
    Clifford Maureen Douglas Sandra Nigel Beverley Gordon Alison Keith Tracy Brendan Lorraine Neil
    Rosemary Craig Valerie Roger""",
    """Whitaker Pemberton Hughes Donnelly Barlow Stokes Fletcher Mercer Hargreaves Lawson Chambers
    Prescott Bradshaw Gallagher Whitfield Norris Thornton Ashworth Gilmore Cartwright Osborne
    Hendricks Kirkland Maddox Underwood Blackwell Holloway Crawford Sutherland Pickering""",
)
_OTHER = (
    """Annegret Jürgen Solveig Matteo Chiara Benoît Élodie Ignacio Guadalupe Joaquín Piotr Agnieszka
    Oksana Dmitri Xiuying Haruka Kenji Ngozi Chinedu Aishwarya Rajesh Fatima Khalid Yasemin Mehmet
    Thuy Anneliese Wojciech Ludmila Sanjay""",
    """Brinkmann Kowalczyk Lindqvist Rinaldi Esposito Lefèvre Moreau Echeverría Quiroga Wiśniewski
    Shevchenko Petrov Zhang Takahashi Yamamoto Okonkwo Adeyemi Krishnamurthy Banerjee Al-Rashid
    Haddad Yıldırım Özdemir Nguyen Steinbach Grzybowski Novotná Chatterjee Hoffmann Vasquez""",
)


class People:
    """Names of one half (0 or 1), as `random` picks them."""

    def __init__(self, random: Random, half: int) -> None:
        self._random = random
        self._english = tuple(names.split()[half::2] for names in _ENGLISH)
        self._other = tuple(names.split()[half::2] for names in _OTHER)

    def english(self) -> tuple[str, str]:
        """A given name and a surname as they are common where English is spoken."""
        return self._random.choice(self._english[0]), self._random.choice(self._english[1])

    def other(self) -> tuple[str, str]:
        """The same from elsewhere."""
        return self._random.choice(self._other[0]), self._random.choice(self._other[1])
