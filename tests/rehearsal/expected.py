"""What is to come of each bad pipeline: on a node, and in a try with interruptions."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
LIMITS = {"memory_mb": 300, "disk_mb": 50, "checkpoint_mb": 20, "time_limit_min": 1}
DONE = "done"
NEVER = "never"  # it does not end by itself: the time limit ends it, or whoever cancels it
KILLED = "killed"  # it takes the node's program with it; Slurm, or the cluster, knows its end
DIFFER = "Interrupted, the code leaves other results than undisturbed"
FAILED = "Interrupted, it failed: "
EACH_TIME = "The results differ each time, also undisturbed"
OUTSIDE = "It writes outside of its own directories"
ANOTHER = "Processes were still running after run() had returned"
ORDER = "'order' (19 bytes, then 19 bytes) differs in line 1"
CHANGED = "After interruptions the results are not the same"
# What the site says for what a try says. It runs nothing a third time, so it cannot tell what
# differs each time; and who killed the node's program it cannot see.
AT_SITE = {
    DIFFER: CHANGED,
    EACH_TIME: CHANGED,
    OUTSIDE: "The code wrote outside of the directories that it was given",
    ORDER: f"{CHANGED}: “order” differs in line 1",
    "longer than its time limit": "It ran longer than its time limit of 1 minutes.",
    "a thread that it started still ran": "It ran longer than its time limit of 1 minutes.",
    "killed the program that runs it": "before it could save anything",
    FAILED: "The interrupted run came to no result.",
}


class Expected(NamedTuple):
    """`reason` and `said` are of the end note on a node; `caught` is what a PI reads of the try.

    Of the site's rehearsal she reads `at_site`. What is only `told` of code, the site does not say.
    """

    reason: str
    said: str
    caught: str  # "" if it is found fit: then docs/for-pis.md says why
    told: str = ""  # what she reads of it all the same
    is_slow: bool = False
    is_by_chance: bool = False  # the site draws other moments each time, a try those of its seed

    @property
    def at_site(self) -> str:
        """What is said of it there; "" if it passes."""
        return AT_SITE.get(self.caught, self.caught)

    @property
    def is_quick(self) -> bool:
        """Whether it is worth a place among the quick tests: it fails at once."""
        return self.reason not in (DONE, NEVER) and not self.is_slow


BAD = {
    "appends_twice": Expected(DONE, "", DIFFER),
    "calls_exit": Expected("code_failed", "The code called sys.exit(0).", "sys.exit(0)"),
    "catches_everything": Expected(NEVER, "", "longer than its time limit", is_slow=True),
    "changes_inputs": Expected(DONE, "", ""),
    "changes_itself": Expected(DONE, "", OUTSIDE),
    "checkpoint_grows": Expected(
        "code_failed", "more than the 20 MB", "more than the 20 MB", is_slow=True
    ),
    "closes_everything": Expected(DONE, "", EACH_TIME),
    "counts_its_starts": Expected(DONE, "", DIFFER),
    "deletes_inputs": Expected(DONE, "", ""),
    "draws_without_a_seed": Expected(DONE, "", EACH_TIME),
    "exits_in_the_middle": Expected(
        "code_failed", "before run() returned", "before run() returned"
    ),
    "fills_disk": Expected(
        "code_failed", "more than the 50 MB", "more than the 50 MB", is_slow=True
    ),
    "hangs": Expected(NEVER, "", "longer than its time limit", is_slow=True),
    "ignores_term": Expected(DONE, "", ""),
    "kills_its_group": Expected(KILLED, "", "killed the program that runs it"),
    "kills_its_parent": Expected(KILLED, "", "killed the program that runs it"),
    "leaks_memory": Expected("code_failed", "more than its 300 MB", "300 MB", is_slow=True),
    "leaves_a_child": Expected("code_failed", ANOTHER, ANOTHER, is_slow=True),
    "leaves_a_daemon": Expected("code_failed", ANOTHER, ANOTHER, is_slow=True),
    "leaves_nothing": Expected("no_results", "left no file", "left no file"),
    "links_its_results": Expected("code_failed", "is not a plain file", "is not a plain file"),
    "merges_by_time": Expected(DONE, "", ORDER),
    "names_its_process": Expected(DONE, "", EACH_TIME),
    "names_nobody_can_type": Expected("code_failed", "is not a plain file", "is not a plain file"),
    "parts_change_inputs": Expected(DONE, "", OUTSIDE),
    "prints_much": Expected(DONE, "", "", told="It prints very much", is_slow=True),
    "skips_a_unit": Expected(DONE, "", DIFFER),
    "sorts_by_hash": Expected(DONE, "", EACH_TIME),
    "split_loses_a_part": Expected(DONE, "", "", told="split() puts b.txt into no part"),
    "stops_early": Expected(DONE, "", ""),
    "tears_its_checkpoint": Expected(DONE, "", FAILED, is_by_chance=True),
    "tells_the_time": Expected(DONE, "", EACH_TIME),
    "thread_outlives_it": Expected(NEVER, "", "a thread that it started still ran", is_slow=True),
    "trusts_its_cache": Expected(DONE, "", OUTSIDE),
    "writes_home": Expected(DONE, "", OUTSIDE),
    "writes_job_directory": Expected(DONE, "", OUTSIDE),
}
