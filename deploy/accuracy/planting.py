"""Personal data planted in clean files: one thing in each, so that it is known what is found."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from deploy.accuracy.corpus import HALVES, CleanFile
from deploy.accuracy.hosts import docx, table_of
from deploy.accuracy.people import People
from deploy.accuracy.sentences import BARE, NAMES, NEEDS_WORDS, SENTENCES, TELLING
from deploy.accuracy.values import Values
from scanning.evidence.prose import reads_as_prose

PLACES = ("document", "docx", "note in data", "column, named", "column, unnamed")
EACH = 8  # of each entity and place
NAMES_EACH = {
    "document": 60,
    "docx": 40,
    "note in data": 30,
    "column, named": 20,
    "column, unnamed": 20,
}
MAX_HOST_BYTES = 32 * 2**10
# Of a named column the header may be taken for one of these: it is the column that is found.
_BY_HEADER = {
    "UK_NHS": ("INSURANCE_NUMBER", "NATIONAL_ID"),
    "US_PASSPORT": ("NATIONAL_ID",),
    "US_SSN": ("NATIONAL_ID", "INSURANCE_NUMBER"),
    "NATIONAL_ID": ("INSURANCE_NUMBER", "US_ITIN"),
    "IBAN_CODE": ("ACCOUNT_NUMBER",),
    "CREDIT_CARD": ("ACCOUNT_NUMBER", "INSURANCE_NUMBER"),
}


@dataclass(frozen=True)
class Case:
    """A file with one thing planted; it is found if one of `accepts` would hold the file."""

    entity: str
    place: str
    content: bytes
    accepts: frozenset[str]
    origin: str = ""  # of a name: where it is common


class Planter:
    """Plants in the `hosts`, clean files of one half, with that half's names and sentences."""

    def __init__(self, hosts: Sequence[CleanFile], half: str, seed: int) -> None:
        self._half = HALVES.index(half)
        self._random = Random(f"{seed} {half}")  # noqa: S311 - nothing secret
        self._people = People(self._random, self._half)
        self._values = Values(self._random)
        small = [host for host in hosts if len(host.content) <= MAX_HOST_BYTES]
        self._prose = [_text(host) for host in small if _is_prose(host)]
        self._tables = [table for host in small if (table := table_of(host))]
        self._data = [_text(host) for host in small if host.kind in ("vcf", "fasta", "text")]
        self._data = [text for text in self._data if not reads_as_prose(text)]
        self._objects = [found for host in small if (found := _object(host))]

    def cases(self) -> Iterator[Case]:
        """All cases, always the same for the same hosts and seed."""
        for entity in SENTENCES:
            for place in PLACES:
                if place != "column, unnamed" or entity not in NEEDS_WORDS:
                    for _ in range(EACH):
                        yield self._case(entity, place)
        for place, count in NAMES_EACH.items():
            for number in range(count):
                yield self._name_case(place, "other" if number % 3 == 2 else "English")

    def _case(self, entity: str, place: str) -> Case:
        also = _BY_HEADER.get(entity, ()) if place == "column, named" else ()
        if place.startswith("column"):
            content = self._column(entity, place, lambda: self._value(entity))
        else:
            sentence = self._random.choice(self._mine(SENTENCES[entity]))
            content = self._planted(place, sentence.format(v=self._value(entity)))
        return Case(entity, place, content, frozenset({entity, *also}))

    def _name_case(self, place: str, origin: str) -> Case:
        pick = self._people.english if origin == "English" else self._people.other
        if place.startswith("column"):
            content = self._column("PERSON", place, lambda: " ".join(pick()))
        else:
            given, surname = pick()
            sentence = self._random.choice(self._mine(NAMES))
            sentence = sentence.format(g=given, s=surname, i=given[0])
            content = self._planted(place, sentence)
        return Case("PERSON", place, content, frozenset({"PERSON"}), origin)

    def _value(self, entity: str) -> str:
        make: dict[str, Callable[[], str]] = {
            "EMAIL_ADDRESS": lambda: self._values.email(*self._people.english()),
            "PHONE_NUMBER": self._values.phone,
            "IBAN_CODE": self._values.iban,
            "US_SSN": self._values.ssn,
            "CREDIT_CARD": self._values.card,
            "US_PASSPORT": self._values.passport,
            "UK_NHS": self._values.nhs,
            "NATIONAL_ID": self._values.national_id,
            "DATE_OF_BIRTH": self._values.birth_date,
            "MEDICAL_RECORD_NUMBER": self._values.record_number,
        }
        return make[entity]()

    def _planted(self, place: str, sentence: str) -> bytes:
        if place == "document":
            return self._inserted(self._random.choice(self._prose), sentence)
        if place == "docx":
            text = self._inserted(self._random.choice(self._prose), sentence).decode()
            return docx(text)
        return self._random.choice((self._in_data, self._in_table, self._in_object))(sentence)

    def _inserted(self, text: str, sentence: str) -> bytes:
        lines = text.splitlines()
        lines.insert(self._random.randint(0, len(lines)), sentence)
        return "\n".join(lines).encode()

    def _in_data(self, sentence: str) -> bytes:
        """As a comment of its own, behind the first line."""
        text = self._random.choice(self._data)
        first, _, rest = text.partition("\n")
        mark = ">" if first.startswith(">") else "##" if first.startswith("##") else "# "
        return f"{first}\n{mark}{sentence}\n{rest}".encode()

    def _in_table(self, sentence: str) -> bytes:
        """In a column of comments that is empty else."""
        table = self._random.choice(self._tables)
        cells = [""] * len(table.rows)
        cells[self._random.randrange(len(cells))] = sentence
        return table.with_column("comment", cells)

    def _in_object(self, sentence: str) -> bytes:
        thing = dict(self._random.choice(self._objects))
        thing[self._random.choice(("Notes", "Description", "comment"))] = sentence
        return json.dumps(thing, indent=2).encode()

    def _column(self, entity: str, place: str, make: Callable[[], str]) -> bytes:
        headers = BARE if place == "column, unnamed" else TELLING[entity]
        table = self._random.choice(self._tables)
        name = self._random.choice(self._mine(headers))
        return table.with_column(name, [make() for _ in table.rows])

    def _mine(self, items: Sequence[str]) -> Sequence[str]:
        """The part of a list that is this half's."""
        return items[self._half :: 2]


def _text(host: CleanFile) -> str:
    return host.content.decode(errors="replace")


def _is_prose(host: CleanFile) -> bool:
    return host.kind in ("readme", "bids readme", "text") and reads_as_prose(_text(host))


def _object(host: CleanFile) -> dict[str, object] | None:
    if "json" not in host.kind:
        return None
    try:
        thing = json.loads(host.content)
    except ValueError:
        return None
    return thing if isinstance(thing, dict) else None
