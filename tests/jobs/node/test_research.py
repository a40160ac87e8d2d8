"""Whatever research code does, the attempt ends by itself and says why."""

from __future__ import annotations

import pytest

from tests.jobs.node.conftest import NewJob

pytestmark = pytest.mark.live

SAVE = "(output / 'x').write_text('x')"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise ValueError('no rows\\nin it')", "ValueError: no rows"),
        ("raise KeyError", "KeyError"),
        ("import sys; sys.exit(0)", "The code called sys.exit(0)."),
        ("import sys; sys.exit('no table')", "The code called sys.exit('no table')."),
        ("import os; os._exit(0)", "The code's process ended before run() returned (exit code 0)."),
        ("import os; os._exit(3)", "The code's process ended before run() returned (exit code 3)."),
        ("import ctypes; ctypes.string_at(0)", "The code crashed (SIGSEGV)."),
        (
            "import os; os.kill(os.getpid(), 9)",
            "The code was killed, most often for using more memory than the job may have.",
        ),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("import atexit, os; atexit.register(os._exit, 4)", "(exit code 4)."),
    ],
)
def test_code_that_fails_is_told_as_failed(new_job: NewJob, body: str, message: str) -> None:
    job = new_job(f"def run(inputs, output):\n    {SAVE}\n    {body}")

    assert job.run() == 70

    assert job.end()["reason"] == "code_failed"
    assert job.end()["message"].endswith(message)
    assert job.manifest() is None


def test_code_that_fails_while_it_is_loaded_is_told_as_failed(new_job: NewJob) -> None:
    job = new_job("def run(inputs, output)\n    pass")

    assert job.run() == 70

    assert "SyntaxError" in job.end()["message"]
    assert "line 1" in job.end()["message"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("x = 1", "no function run"),
        ("def run(inputs, output, depth): pass", "asks for 'depth'"),
        ("def run(files): pass", "it may ask for inputs, output, progress, checkpoint."),
    ],
)
def test_code_that_cannot_be_called_is_refused(new_job: NewJob, code: str, message: str) -> None:
    job = new_job(code)

    assert job.run() == 64

    assert job.end()["reason"] == "code_refused"
    assert message in job.end()["message"]


def test_code_that_is_not_the_accepted_file_is_refused(new_job: NewJob) -> None:
    job = new_job()
    (job.path / "pipeline.py").write_text("def run(inputs, output): print('changed')")

    assert job.run() == 64

    assert job.end()["reason"] == "code_refused"
    assert not (job.path / "log.txt").exists()


def test_the_log_shows_the_codes_own_traceback_and_nothing_of_ours(new_job: NewJob) -> None:
    job = new_job("def run(inputs, output):\n    print('before')\n    1 / 0")
    job.run()

    assert "before" in job.log()
    assert 'pipeline.py", line 3, in run' in job.log()
    assert "ZeroDivisionError" in job.log()
    assert "run.pyz" not in job.log()


def test_the_log_keeps_every_attempt(new_job: NewJob) -> None:
    job = new_job("def run(inputs, output): raise ValueError")
    job.run(0)
    job.run(1)

    assert "== run 1 on" in job.log()
    assert "== run 2 on" in job.log()


def test_much_printing_is_all_in_the_log(new_job: NewJob) -> None:
    job = new_job(f"""
        import sys
        def run(inputs, output):
            sys.stdout.write("o" * 3_000_000)
            sys.stderr.write("e" * 3_000_000)
            {SAVE}
    """)

    assert job.run() == 0

    assert (job.log().count("o" * 1000), job.log().count("e" * 1000)) == (3000, 3000)


def test_the_code_gets_its_inputs_sorted_and_an_empty_output(new_job: NewJob) -> None:
    code = """
        def run(output, inputs, *, depth=3, **others):
            assert list(output.iterdir()) == [] and depth == 3 and others == {}
            (output / "names").write_text(" ".join(path.name for path in inputs))
    """
    job = new_job(code, {"b": b"", "a": b"", "c": b""})
    (job.path / "attempt.0" / "output").mkdir(parents=True)
    (job.path / "attempt.0" / "output" / "left-over").touch()

    assert job.run() == 0

    assert job.results() == {"names": b"a b c"}


def test_code_may_use_several_processes(new_job: NewJob) -> None:
    job = new_job("""
        import multiprocessing
        def square(number):
            return number * number
        def run(inputs, output):
            with multiprocessing.get_context("spawn").Pool(2) as pool:
                (output / "squares").write_text(str(pool.map(square, range(4))))
    """)

    assert job.run() == 0

    assert job.results() == {"squares": b"[0, 1, 4, 9]"}
