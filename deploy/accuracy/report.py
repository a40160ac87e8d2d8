"""What was measured, in words for people and as one line of JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from deploy.accuracy.corpus import CleanFile
from deploy.accuracy.planting import PLACES, Case
from deploy.accuracy.reading import Reading

MAX_FLAGGED_SHARE = 0.05
MIN_IDS_RECALL = 0.85
MIN_NAMES_RECALL = 0.70
_DOCUMENTS = ("document", "docx")


@dataclass(frozen=True)
class Measured:
    """One half: its clean files and what was planted in them, each with its reading."""

    half: str
    clean: Sequence[tuple[CleanFile, Reading]]
    planted: Sequence[tuple[Case, Reading]]

    @property
    def flagged(self) -> list[tuple[CleanFile, Reading]]:
        """The clean files that would be held, and name nobody."""
        return [(f, r) for f, r in self.clean if r.strong and not f.names_people]

    @property
    def flagged_share(self) -> float:
        """How many of the files that name nobody would be held."""
        return len(self.flagged) / max(1, sum(not file.names_people for file, _ in self.clean))

    @property
    def ids_recall(self) -> float:
        """Of planted identifiers, wherever they are."""
        return self.recall(lambda case: case.entity != "PERSON")

    @property
    def names_recall(self) -> float:
        """Of names planted in documents."""
        return self.recall(lambda case: case.entity == "PERSON" and case.place in _DOCUMENTS)

    @property
    def is_good(self) -> bool:
        """Whether all that was promised is kept."""
        return (
            self.flagged_share <= MAX_FLAGGED_SHARE
            and self.ids_recall >= MIN_IDS_RECALL
            and self.names_recall >= MIN_NAMES_RECALL
        )

    def recall(self, counts: Callable[[Case], bool] = lambda _: True) -> float:
        """Which share of these cases would be held for what was planted."""
        found = [is_found(case, reading) for case, reading in self.planted if counts(case)]
        return sum(found) / max(1, len(found))

    def summary(self) -> dict[str, float | int | str]:
        """The figures by their names."""
        return {
            "half": self.half,
            "clean_files": len(self.clean),
            "clean_flagged_share": round(self.flagged_share, 4),
            "planted": len(self.planted),
            "planted_ids_recall": round(self.ids_recall, 3),
            "planted_names_recall": round(self.names_recall, 3),
        }


def is_found(case: Case, reading: Reading) -> bool:
    """Whether the file would be held for what was planted in it."""
    return bool(case.accepts & reading.strong.keys())


def show(measured: Measured) -> None:
    """The words, then the JSON."""
    for line in (*_clean_lines(measured), "", *_planted_lines(measured), ""):
        print(line)
    print(json.dumps(measured.summary()))


def _clean_lines(measured: Measured) -> Iterable[str]:
    people = [reading for file, reading in measured.clean if file.names_people]
    held_share = _held(reading for _, reading in measured.clean) / max(1, len(measured.clean))
    yield f"Clean files, half “{measured.half}”"
    yield f"  {'kind':<14}{'files':>7}{'held':>7}{'told only':>11}"
    kinds = sorted({file.kind for file, _ in measured.clean})
    for kind in (*kinds, "all"):
        readings = [r for f, r in measured.clean if kind in (f.kind, "all") and not f.names_people]
        held = sum(bool(reading.strong) for reading in readings)
        told = sum(bool(reading.weak and not reading.strong) for reading in readings)
        yield f"  {kind:<14}{len(readings):>7}{held:>7}{told:>11}"
    yield f"  held: {measured.flagged_share:.1%}; {_entities(r for _, r in measured.flagged)}"
    yield f"  not counted: {len(people)} files that name people, {_held(people)} of them held;"
    yield f"  with them {held_share:.1%} are held"


def _entities(readings: Iterable[Reading]) -> str:
    counted = Counter(entity for reading in readings for entity in reading.strong)
    return ", ".join(f"{entity} {count}" for entity, count in counted.most_common()) or "nothing"


def _held(readings: Iterable[Reading]) -> int:
    return sum(bool(reading.strong) for reading in readings)


def _planted_lines(measured: Measured) -> Iterable[str]:
    yield "Planted and found"
    yield f"  {'':<24}" + "".join(f"{place:>17}" for place in (*PLACES, "all"))
    for entity in sorted({case.entity for case, _ in measured.planted}):
        cells = (_share(measured, entity, place) for place in (*PLACES, "all"))
        yield f"  {entity:<24}" + "".join(f"{cell:>17}" for cell in cells)
    for origin in ("English", "other"):
        yield f"  names in documents, {origin}: {_recall_of(measured, origin):.2f}"
    yield f"  identifiers: {measured.ids_recall:.2f} (at least {MIN_IDS_RECALL})"
    yield f"  names in documents: {measured.names_recall:.2f} (at least {MIN_NAMES_RECALL})"


def _recall_of(measured: Measured, origin: str) -> float:
    return measured.recall(lambda case: case.origin == origin and case.place in _DOCUMENTS)


def _share(measured: Measured, entity: str, place: str) -> str:
    chosen = [
        is_found(case, reading)
        for case, reading in measured.planted
        if case.entity == entity and place in (case.place, "all")
    ]
    return f"{sum(chosen)} of {len(chosen)}" if chosen else "–"
