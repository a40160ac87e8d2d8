"""`try`: what a PI sees when she runs her file on her own computer."""

from __future__ import annotations

import os
import re
import textwrap
from pathlib import Path

import pytest

from tests.jobs.node.kills import processes_in
from tests.jobs.node.laptop.computer import Laptop
from tests.object_server import DEADLINE_S, wait_until
from tests.rehearsal.slowed import SLOWED

# Real processes: they take longer than the quick suite may.
pytestmark = pytest.mark.live

COUNT = """
    def run(inputs, output, progress):
        for path in inputs:
            progress(0.5, "counting " + path.name)
            (output / (path.stem + ".count")).write_text(str(len(path.read_text().split())))
"""


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    return Laptop(tmp_path)


def test_a_try_shows_the_progress_and_leaves_the_results(laptop: Laptop) -> None:
    tried = laptop.try_code(COUNT, "a.txt", "b.txt")

    assert tried.returncode == 0, tried.stdout
    assert "mine.py runs on 2 files" in tried.stdout
    assert "100% Storing the results" in tried.stdout
    assert "The results are in output-of-mine" in tried.stdout
    assert (laptop.path / "output-of-mine" / "a.count").read_text() == "2"
    assert (laptop.path / "output-of-mine" / "b.count").read_text() == "1"


def test_a_try_leaves_nothing_but_the_results_and_the_log(laptop: Laptop) -> None:
    before = {path.name for path in laptop.path.iterdir()}

    laptop.try_code(COUNT)

    after = {path.name for path in laptop.path.iterdir()}
    assert after - before == {"mine.py", "output-of-mine", "output-of-mine.log.txt"}
    assert list((laptop.path / "temporary").iterdir()) == []


def test_a_second_try_does_not_touch_the_results_of_the_first(laptop: Laptop) -> None:
    laptop.try_code(COUNT)
    (laptop.path / "output-of-mine" / "a.count").write_text("mine")

    assert "The results are in output-of-mine-2," in laptop.try_code(COUNT).stdout

    assert (laptop.path / "output-of-mine" / "a.count").read_text() == "mine"


def test_a_folder_that_is_there_is_not_written_to(laptop: Laptop) -> None:
    (laptop.path / "mine").mkdir()

    tried = laptop.try_code(COUNT, "a.txt", "--output", "mine")

    assert tried.returncode == 1
    assert "mine is already there. Choose another" in tried.stdout


def test_a_failure_is_told_with_the_codes_own_traceback(laptop: Laptop) -> None:
    tried = laptop.try_code("def run(inputs, output):\n    print('before')\n    1 / 0\n")

    assert tried.returncode == 1
    assert "It failed: ZeroDivisionError: division by zero" in tried.stdout
    assert "| before" in tried.stdout
    assert f'{laptop.path / "mine.py"}", line 3, in run' in tried.stdout
    assert not (laptop.path / "output-of-mine").exists()


def test_the_log_of_a_failure_is_not_overwritten_either(laptop: Laptop) -> None:
    laptop.try_code("def run(inputs, output): print('first'); 1 / 0")

    assert "in output-of-mine-2.log.txt" in laptop.try_code(COUNT).stdout

    assert "first" in (laptop.path / "output-of-mine.log.txt").read_text()


def test_an_input_keeps_the_name_that_it_was_given_by(laptop: Laptop) -> None:
    (laptop.path / "link.txt").symlink_to("a.txt")

    laptop.try_code(COUNT, "link.txt")

    assert (laptop.path / "output-of-mine" / "link.count").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["c.txt"], "There is no file c.txt."),
        (["a.txt", "./a.txt"], "Two of the files are called a.txt"),
        (["empty"], "There is no file in that folder."),
    ],
)
def test_what_cannot_be_tried_is_told(laptop: Laptop, words: list[str], said: str) -> None:
    (laptop.path / "empty").mkdir()

    tried = laptop.try_code(COUNT, *words)

    assert tried.returncode == 1
    assert said in tried.stdout


def test_a_file_that_python_cannot_read_is_told_as_on_the_site(laptop: Laptop) -> None:
    tried = laptop.try_code("def run(inputs, output:")

    assert "It failed: SyntaxError" in tried.stdout
    assert "Traceback" not in tried.stdout


def test_of_code_that_printed_nothing_no_empty_log_is_shown(laptop: Laptop) -> None:
    tried = laptop.try_code("def main(inputs, output): pass")

    assert "It failed: The file has no function run(inputs, output)." in tried.stdout
    assert "  | " not in tried.stdout


@pytest.mark.parametrize("words", [[], ["mine.py", "a.txt"]])
def test_who_forgets_to_say_try_reads_what_to_type(laptop: Laptop, words: list[str]) -> None:
    called = laptop.run(*words)

    assert called.returncode == 64
    assert "python freeloader.pyz try pipeline.py FILES --preempt" in called.stdout


def test_a_split_without_a_merge_is_refused_as_on_the_site(laptop: Laptop) -> None:
    tried = laptop.try_code(COUNT + "    def split(inputs): return inputs\n")

    assert tried.returncode == 1
    assert "with both split() and merge(), or with neither" in tried.stdout


def test_a_try_within_a_slurm_job_does_not_pass_for_that_job(laptop: Laptop) -> None:
    laptop.try_code("""
        import os
        def run(inputs, output):
            (output / "names").write_text(" ".join(os.environ))
    """)

    assert "SLURM_" not in (laptop.path / "output-of-mine" / "names").read_text()


def test_a_try_that_is_stopped_leaves_nothing(laptop: Laptop) -> None:
    code = """
        import threading
        from pathlib import Path
        def run(inputs, output):
            Path.home().joinpath("begun").touch()
            threading.Event().wait()
    """
    process = laptop.begin(code)
    wait_until((laptop.home / "begun").exists, "the code's begin")

    process.terminate()
    process.communicate(timeout=DEADLINE_S)

    assert process.returncode == 1
    assert list((laptop.path / "temporary").iterdir()) == []
    assert not processes_in(laptop.path)


def test_a_folder_stands_for_its_files(laptop: Laptop) -> None:
    (laptop.path / "texts").mkdir()
    (laptop.path / "texts" / "c.txt").write_text("one")

    assert laptop.try_code(COUNT, "texts").returncode == 0

    assert (laptop.path / "output-of-mine" / "c.count").read_text() == "1"


def test_results_are_what_the_site_would_store(laptop: Laptop) -> None:
    tried = laptop.try_code("""
        def run(inputs, output):
            for number in range(101):
                (output / str(number)).touch()
    """)

    assert tried.returncode == 0, tried.stdout
    assert os.listdir(laptop.path / "output-of-mine") == ["results.zip"]


def test_what_would_be_no_result_on_the_site_is_none_here(laptop: Laptop) -> None:
    tried = laptop.try_code("def run(inputs, output): (output / 'x').symlink_to('/etc/hostname')")

    assert "The result 'x' is not a plain file inside the output directory." in tried.stdout


def test_code_that_runs_too_long_is_stopped(laptop: Laptop) -> None:
    tried = laptop.try_code(
        "import threading\ndef run(inputs, output): threading.Event().wait()",
        "a.txt", "--minutes", "0.01",
    )  # fmt: skip

    assert "It ran longer than its time limit of 0.01 minutes." in tried.stdout


def test_processes_that_are_left_behind_are_told_and_ended(laptop: Laptop) -> None:
    tried = laptop.try_code("""
        import subprocess
        def run(inputs, output):
            left = subprocess.Popen(["sleep", "1000"], start_new_session=True)
            print("pid", left.pid)
    """)

    assert tried.returncode == 1
    assert "Processes were still running after run() had returned (sleep)" in tried.stdout
    assert not runs(tried.stdout.partition("pid ")[2].split()[0])


def runs(pid: str) -> bool:
    """Whether there is such a process, and it is not one that only waits to be forgotten."""
    try:
        return Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def slowed(code: str) -> str:
    return textwrap.dedent(code) + SLOWED


def test_interruptions_show_that_the_results_stay_the_same(laptop: Laptop) -> None:
    tried = laptop.try_code(
        slowed("""
        import json, time
        def run(inputs, output, checkpoint):
            done = json.loads(checkpoint.load("done", b"[]"))
            for number in range(len(done), 10):
                done.append(number)
                checkpoint.save("done", json.dumps(done))
                time.sleep(0.02)
            (output / "done").write_text(json.dumps(done))
        """),
        "a.txt", "--preempt", "--seed", "4",
    )  # fmt: skip

    assert "Again, to be interrupted 3 times (--seed 4):" in tried.stdout
    assert "killed without a warning after" in tried.stdout
    assert "stopped by SIGTERM after" in tried.stdout
    assert "It was interrupted 3 times" in tried.stdout
    assert "starts it anew" not in tried.stdout
    assert tried.stdout.endswith("It is fit for the restart partition.\n")
    assert tried.returncode == 0


def test_interruptions_show_where_the_results_differ(laptop: Laptop) -> None:
    tried = laptop.try_code(
        slowed("""
        import time
        def run(inputs, output, checkpoint):
            with (checkpoint / "rows").open("a") as rows:
                for number in range(5):
                    rows.write("row %d\\n" % number)
                    rows.flush()
                    time.sleep(0.1)
            (output / "rows").write_text((checkpoint / "rows").read_text())
        """),
        "a.txt", "--preempt", "--seed", "4",
    )  # fmt: skip

    assert tried.returncode == 1
    assert re.search(
        r"Interrupted, the code leaves other results than undisturbed: 'rows' \(30 bytes, then "
        r"\d+ bytes\) differs in line [2-6]: ('row \d'|no such line), then 'row 0'\.\n",
        tried.stdout,
    )
    assert tried.stdout.endswith("It is not yet fit for the restart partition.\n")


NEW_EACH_TIME = """
    import os, time
    def run(inputs, output):
        time.sleep(0.3)
        (output / "image").write_bytes(bytes(8) + os.urandom(8))
        (output / ("only " + str(time.monotonic_ns()))).write_text("x")
        (output / "same").write_text("same")
"""


def test_of_all_that_differs_it_is_told_how(laptop: Laptop) -> None:
    tried = laptop.try_code(NEW_EACH_TIME, "a.txt", "--preempt", "1", "--seed", "4")

    assert tried.returncode == 1
    assert "'image' (16 bytes, then 16 bytes) differs in byte " in tried.stdout
    assert "(1 byte) is missing after the interruptions; 'only " in tried.stdout
    assert "(1 byte) is there only after the interruptions." in tried.stdout
    assert "'same'" not in tried.stdout


def test_what_compare_finds_equal_is_named_too(laptop: Laptop) -> None:
    code = NEW_EACH_TIME + "    def compare(first, second): return True\n"

    tried = laptop.try_code(code, "a.txt", "--preempt", "1", "--seed", "4")

    assert tried.returncode == 0
    assert "- compare() finds the results equal. These differ: 'image' (16 bytes" in tried.stdout


def test_what_code_prints_moves_no_cursor(laptop: Laptop) -> None:
    tried = laptop.try_code("""
        def run(inputs, output):
            print("red \\x1b[31m, turned \\u202e, grüße")
            raise ValueError("clear \\x1b[2J")
    """)

    assert "\x1b" not in tried.stdout
    assert "clear \\x1b[2J" in tried.stdout
    assert "red \\x1b[31m, turned \\u202e, grüße" in tried.stdout


def test_code_that_only_fails_interrupted_is_shown_where_and_how_to_save(laptop: Laptop) -> None:
    tried = laptop.try_code(
        slowed("""
        import json, time
        def run(inputs, output, checkpoint):
            state = checkpoint / "state.json"
            done = json.loads(state.read_text()) if state.exists() else 0
            with state.open("w") as file:
                time.sleep(0.2)
                json.dump(done + 1, file)
            (output / "done").write_text("done")
        """),
        "a.txt", "--preempt", "--seed", "4",
    )  # fmt: skip

    assert tried.returncode == 1
    assert f'{laptop.path / "mine.py"}", line 5, in run' in tried.stdout
    assert "TO MEND: Interrupted, it failed: JSONDecodeError" in tried.stdout
    assert "(char 0). Undisturbed it did not, so look" in tried.stdout
    assert "checkpoint.save(name, data) saves all of it or nothing." in tried.stdout
