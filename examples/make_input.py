"""Write made-up input for the examples: python examples/make_input.py FOLDER

Three texts and two tables (a weather station's year, a cooling curve). The same every time.
"""

import csv
import math
import random
import sys
from datetime import date, timedelta
from pathlib import Path

SUBJECTS = ["the river", "a surveyor", "the old observatory", "our expedition", "the archive"]
SUBJECTS += ["an assistant", "the harbour", "the botanist", "a long letter", "the glacier"]
VERBS = ["recorded", "crossed", "described", "measured", "forgot", "followed", "carried", "drew"]
OBJECTS = ["the tides of that winter", "a map of the coast", "seven kinds of moss", "the snow line"]
OBJECTS += ["the café at the quay", "a column of numbers", "the naïve estimate", "its own shadow"]
ENDINGS = ["before the ice broke", "as nobody had expected", "with great care", "in a single night"]
ENDINGS += ["and was not believed", "for the second time", "without a compass", "until the spring"]
TEXTS = {"expedition.txt": 420, "harbour_diary.txt": 260, "letters.txt": 150}


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(1859)  # noqa: S311 - the same every time is what is wanted
    for name, sentences in TEXTS.items():
        (folder / name).write_text(prose(chance, sentences), encoding="utf-8")
    write_table(folder / "weather_station.csv", weather(chance))
    write_table(folder / "cooling_curve.csv", cooling(chance))


def prose(chance, sentences):
    """Paragraphs of three to six sentences; each text has favourite words of its own."""
    parts = [chance.sample(part, len(part)) for part in (SUBJECTS, VERBS, OBJECTS, ENDINGS)]
    paragraphs = []
    while sentences > 0:
        length = min(sentences, chance.randint(3, 6))
        paragraphs.append("\n".join(sentence(chance, parts) for _ in range(length)))
        sentences -= length
    return "\n\n".join(paragraphs) + "\n"


def sentence(chance, parts):
    """Words come as often as in real texts: the second half as often as the first (Zipf's law)."""
    words = [chance.choices(part, [1 / n for n in range(1, len(part) + 1)])[0] for part in parts]
    text = " ".join(words)
    return text[0].upper() + text[1:] + "."


def weather(chance):
    """A year by days: temperatures with a season, CO2 with a trend, a few gaps."""
    yield ["date", "mean temperature [°C]", "highest temperature [°C]", "CO2 [ppm]", "remark"]
    drift = 0.0
    for day in range(365):
        season = -math.cos(2 * math.pi * (day - 15) / 365)
        drift = 0.8 * drift + chance.gauss(0, 1.4)
        mean = 9.5 + 9.5 * season + drift
        highest = mean + 4 + 1.5 * season + abs(chance.gauss(0, 1))
        co2 = 422 + 2.4 * day / 365 + 3.2 * math.cos(2 * math.pi * (day - 120) / 365)
        yield [
            (date(2025, 1, 1) + timedelta(days=day)).isoformat(),
            f"{mean:.1f}",
            f"{highest:.1f}",
            "" if 200 <= day < 212 else f"{co2 + chance.gauss(0, 0.35):.2f}",
            "sensor in repair" if 200 <= day < 212 else "",
        ]


def cooling(chance):
    """Two cups that cool down, by Newton's law, with a noisy thermometer."""
    yield ["time [min]", "cup with lid [°C]", "cup without lid [°C]"]
    for minute in range(0, 61, 2):
        noise = chance.gauss(0, 0.3), chance.gauss(0, 0.3)
        lid, bare = (21 + 72 * math.exp(-rate * minute) for rate in (0.014, 0.031))
        yield [minute, f"{lid + noise[0]:.1f}", f"{bare + noise[1]:.1f}"]


def write_table(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
