"""Plots of your tables.

Send CSV files whose first line names the columns. For each file you get one picture (PNG): every
column of numbers against the first column, which may hold numbers or dates such as 2024-03-31.
A unit in brackets is shown at the axis: “temperature [°C]”; columns of one unit share a panel.

Commas, semicolons and tabs are understood; empty cells leave a gap.
"""

import csv
import math
import re
from datetime import datetime

import matplotlib

matplotlib.use("Agg")  # a compute node has no screen

from matplotlib import dates, pyplot

COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"]  # Okabe and Ito's
LOOK = {
    "font.size": 10.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#7b8794",
    "axes.labelcolor": "#323f4b",
    "axes.grid": True,
    "grid.color": "#e4e7eb",
    "xtick.color": "#52606d",
    "ytick.color": "#52606d",
    "axes.prop_cycle": matplotlib.cycler(color=COLOURS),
}


def run(inputs, output, progress):
    for number, path in enumerate(inputs):
        progress(number / len(inputs), f"Plotting {path.name}")
        names, rows = read_table(path)
        plot(path.name, names, rows, output / f"{path.name}.png")
    progress(1, f"{len(inputs)} pictures drawn")


def read_table(path):
    """The column names and the rows of cells; ValueError says what is wrong with the file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path.name} is not UTF-8 text; save it as “CSV UTF-8”.") from None
    header = text.split("\n", 1)[0]
    delimiter = max(";\t,", key=header.count)
    if delimiter not in header:
        raise ValueError(
            f"{path.name}: the first line has no commas, semicolons or tabs that part columns."
        )
    lines = csv.reader(text.splitlines(), delimiter=delimiter)
    rows = [row for row in lines if any(row)]
    if len(rows) < 3:
        raise ValueError(f"{path.name} has fewer than two rows below its header.")
    names = [name.strip() for name in rows[0]]
    for row in rows[1:]:
        row += [""] * (len(names) - len(row))
    return names, rows[1:]


def plot(file_name, names, rows, target):
    """One panel for each unit, all over the same x axis."""
    x_values, is_time = x_axis([row[0] for row in rows], file_name)
    panels = by_unit(numeric_columns(names, rows))
    if not panels:
        raise ValueError(f"{file_name} has no column of numbers beside the first.")
    heading = file_name.rsplit(".", 1)[0].replace("_", " ")
    with pyplot.rc_context(LOOK):
        size = (9, 1.2 + 2.7 * len(panels))
        figure, axes = pyplot.subplots(
            len(panels), sharex=True, squeeze=False, figsize=size, layout="constrained"
        )
        figure.suptitle(heading, fontsize=15, x=0.02, ha="left", weight="bold")
        for axis, (unit, columns) in zip(axes[:, 0], panels.items()):  # noqa: B905 - strict= needs Python 3.10
            draw_panel(axis, unit, columns, x_values)
        label_x_axis(axes[-1, 0], names[0], is_time)
        figure.savefig(target, dpi=150, bbox_inches="tight", pad_inches=0.2)
        pyplot.close(figure)


def x_axis(cells, name):
    """The first column as numbers, or as dates in ISO 8601."""
    try:
        return [number(cell) for cell in cells], False
    except ValueError:
        pass
    try:
        return [datetime.fromisoformat(cell.strip()) for cell in cells], True
    except ValueError:
        raise ValueError(
            f"{name}: the first column must hold numbers, or dates such as 2024-03-31."
        ) from None


def numeric_columns(names, rows):
    """The columns after the first that hold numbers and gaps only, by name."""
    found = {}
    for index, name in enumerate(names[1:], start=1):
        try:
            values = [number(row[index]) for row in rows]
        except ValueError:
            continue  # a column of words is no reason not to plot the others
        if not all(math.isnan(value) for value in values):
            found[name] = values
    return found


def number(cell):
    """A cell's number; an empty one is a gap. A comma may be the decimal point."""
    return float(cell.strip().replace(",", ".") or "nan")


def by_unit(columns):
    """The columns in groups of one unit, which stands in brackets at the end of their names."""
    panels = {}
    for name, values in columns.items():
        unit = re.search(r"[\[(]([^\])]*)[\])]\s*$", name)
        label = name[: unit.start()].strip() if unit else name
        panels.setdefault(unit.group(1) if unit else "", {})[label] = values
    return panels


def draw_panel(axis, unit, columns, x_values):
    # many points: thin lines, so that they do not run into one another
    width = 1.8 if len(x_values) < 500 else 0.9
    for label, values in columns.items():
        axis.plot(x_values, values, label=label, linewidth=width)
    axis.set_ylabel(unit)
    axis.margins(x=0.01)
    axis.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False, borderaxespad=0.2)


def label_x_axis(axis, name, is_time):
    axis.set_xlabel(name)
    if is_time:
        locator = dates.AutoDateLocator()
        axis.xaxis.set_major_locator(locator)
        axis.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
