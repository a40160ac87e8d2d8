"""The second run of a try: interrupted, then compared with the first."""

from pathlib import Path
from typing import Tuple

from ..differing import differences
from .interrupting import drawn
from .order import Order
from .telling import SHOWN, Words, told_differences
from .trial import Trial

EACH_TIME = (
    "The results differ each time, also undisturbed: give random numbers a seed, write no times, "
    "sort what comes from sets and folders, or say in compare(first, second) what counts as equal."
)
OUTSIDE = (
    "It writes outside of its own directories, where another start, or another job, may find it: "
    "use output, checkpoint, or the current directory"
)
HALF_SAVED = (
    "Undisturbed it did not, so look at what is in checkpoint when a start is killed, most often a "
    "file that is half written: checkpoint.save(name, data) saves all of it or nothing."
)
SHORT_S = 2.0
SHORT = "It is done too soon for interruptions to say much: try it with larger files, too."
LEFT_OUT = " MB are left out here ...]"
ANEW = (
    "The code keeps nothing of its work: each interruption starts it anew. If it may run for more "
    "than half an hour, let run() ask for checkpoint, or divide the work by split() and merge(); "
    'see "Keep what is done" and "Divide the work" in the guide for PIs.'
)


def rehearse(first: Trial, order: Order, root: Path, count: int, seed: int) -> Tuple[Words, Words]:
    """What is to be mended, and what else there is to say, for a PI."""
    order.say(f"Again, to be interrupted {told_times(count)} (--seed {seed}):")
    second = Trial(order, root / "second", drawn(first.main_stage_s(), count, seed))
    second.reference = first.as_reference()
    end = second.carry_out()
    notes = told_interruptions(first, second)
    if end["reason"] != "done":
        order.say("Interrupted, it failed. The end of what it printed:")
        second.show_end_of_log()
        return [told_failure(second, end["message"]), *faults(second)], notes
    problems, more = compared(first, second, order, root)
    return faults(second) + problems, notes + more


def told_failure(second: Trial, message: str) -> str:
    told = f"Interrupted, it failed: {message}"
    return f"{told.rstrip('.')}. {HALF_SAVED}" if second.goes_on_from_checkpoint() else told


def told_interruptions(first: Trial, second: Trial) -> Words:
    count = sum(run.interrupted for run in second.runs)
    twice_s = max(0.0, second.seconds_in_code() - first.seconds_in_code())
    told = [f"It was interrupted {told_times(count)}; {twice_s:.1f} s of work were done twice."]
    if first.main_stage_s() < SHORT_S:
        told.append(SHORT)
    return told if second.keeps_work() else [*told, ANEW]


def told_times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def faults(trial: Trial) -> Words:
    """What went wrong beside the results."""
    found = []
    left, outside = trial.left_behind(), trial.writes_outside()
    if left:
        found.append(f"It left processes behind ({', '.join(left)}): wait for all it starts.")
    if outside:
        more = f" and {len(outside) - SHOWN} more" if len(outside) > SHOWN else ""
        found.append(f"{OUTSIDE} ({', '.join(outside[:SHOWN])}{more}).")
    return found


def remarks(trial: Trial) -> Words:
    """What may be meant so, but is worth a look."""
    found = []
    lost = trial.inputs_in_no_part()
    if lost:
        found.append(f"split() puts {', '.join(lost[:SHOWN])} into no part: is that meant so?")
    if LEFT_OUT in trial.log():
        found.append("It prints very much: the site keeps the first 10 MB and the last.")
    return found


def compared(first: Trial, second: Trial, order: Order, root: Path) -> Tuple[Words, Words]:
    """What differs that should not, and where that most likely comes from; or that it may."""
    found = differences(first.manifest()["results"], second.manifest()["results"])
    if not found:
        return [], []
    told = "; ".join(told_differences(found, first.results(), second.results()))
    own = second.manifest().get("comparison")
    if own and own["equal"]:
        return [], [f"{own['message']} These differ: {told}."]
    words = f"{own['message'].rstrip('.')}. These differ: {told}" if own else told
    return [f"{cause(first, order, root)} {words}."], []


def cause(first: Trial, order: Order, root: Path) -> str:
    """Run once more undisturbed: code that never does the same twice is a case of its own."""
    order.say("The results differ. Once more, undisturbed, to see where that comes from:")
    third = Trial(order, root / "third")
    third.carry_out()
    if differences(first.manifest()["results"], third.manifest().get("results", [])):
        return EACH_TIME
    return "Interrupted, the code leaves other results than undisturbed:"
