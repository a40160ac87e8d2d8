"""Its merge() takes the parts in the order in which they happened to end."""

import time


def split(inputs):
    return [*inputs, *inputs, *inputs]


def run(inputs, output):
    time.sleep(0.1 + 0.2 * ("b" in inputs[0].name))
    (output / "rows").write_text(inputs[0].read_text() + str(time.monotonic()))


def merge(outputs, output):
    rows = [folder / "rows" for folder in outputs]
    rows.sort(key=lambda path: path.stat().st_mtime_ns)
    places = {folder: str(number) for number, folder in enumerate(outputs)}
    (output / "order").write_text(" ".join(places[path.parent] for path in rows))
