"""Why jobs move and links end, in English as it is kept; `jobs.translated` shows it to readers."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from scanning import sentences

ARRIVED = _("All files have arrived.")
TO_CONFIRM = _("The e-mail address has to be confirmed before they are used.")
CONFIRMED = _("The e-mail address was confirmed.")
LOOKED_AT = _("The files are looked at.")
ACCEPTED = _("The files were looked at and accepted.")
ACCEPTED_UNSEEN = _("The files were accepted, though not all of them could be looked at.")
MORE = _("So it is with %(count)d more.")
DAMAGED = _("%(files)s did not arrive as on your computer.")
DAMAGED_AND_MORE = _("%(files)s and %(count)d more did not arrive as on your computer.")
SEND_AGAIN = _(
    "Something was damaged on its way, or changed while it was being sent. Please send your files "
    "again."
)
NOT_CONFIRMED = _("The e-mail address was not confirmed in time.")
CANCELLED_BY_SENDER = _("It was cancelled on its status page.")
# In histories of the time when staff could decide about many jobs without a reason of their own.
CANCELLED_BY_STAFF = _("Cancelled by the site's staff.")
REJECTED = _("Rejected after review.")
ADDRESS_CORRECTED = _("The address was corrected.")
SENT_AGAIN = _("The letter was sent again.")
LINK_REPLACED = _("Replaced by a newer link.")
LINK_MAILED_ANEW = _("A new link was mailed.")
RESULT_OVER = _("The result's time is over; it was deleted.")
STILL_SHOWN = _(
    "Something that was deleted is still shown by the store or the cluster; it is deleted again."
)
UPLOAD_OVER = _("The files were not all sent in time; they were deleted.")
BROKE_OFF = _("The step “%(task)s” broke off %(times)d times.")
USED_AGAIN = _("The files of an earlier job are used once more.")
WRONG_CODE = _("The pipeline's code does not match its checksum.")

READY = _("The result is ready.")
HANDED_OVER = _("The job is handed to the cluster.")
TAKEN = _("The cluster took it as job %(slurm_id)s.")
FOUND_AGAIN = _("The cluster has found the job again.")
RUNNING_ON = _("Running on %(node)s.")
RUNNING = _("Running.")
PAUSED = _("Paused: the computer that it ran on was needed for a more urgent job, or failed.")
KEPT = _("What it had saved is kept.")
KEPT_ABOUT = _("About %(percent)s of the work is kept.")
KEPT_PARTS = _("%(done)d of %(of)d parts are done and kept.")
GOES_ON = _("It goes on by itself as soon as a computer is idle again.")
STARTS_AGAIN = _("It starts again by itself as soon as a computer is idle again.")
ON_HOLD = _("It was put on hold.")
FRUITLESS = _("It was interrupted %(times)d times before it could save anything.")
SPLIT_INTO = _("It is split into %(count)d parts.")
SPLIT_INTO_ONE = _("It is one part only.")
PARTS_DONE = _("All %(count)d parts are done; they are put together.")
ONE_PART_DONE = _("Its only part is done; the result is put together.")
NO_SENSE_IN_PARTS = _("The run left a list of parts that makes no sense.")
LOST = _("The cluster lost the job.")
AGAIN = _("It is handed in again.")
SHOWN_AS = _("The cluster shows it as %(state)s.")
NOT_ALL_STORED = _("Slurm says COMPLETED, but the result is not all stored.")
NO_PARTS_LISTED = _("Slurm says COMPLETED, but there is no list of the parts.")
NOT_ALL_PARTS = _("Slurm says COMPLETED, but not every part is done.")
NOT_STARTED = _("The cluster could not start the job.")
OPERATORS_CANCELLED = _("The cluster's operators cancelled the job.")
TOO_LONG = _("It ran longer than its time limit of %(minutes)d minutes.")
TOO_LATE = _("The cluster's deadline for it passed.")
TOO_LARGE = _("It needed more than its %(megabytes)d MB of memory.")
ENDED_AS = _("The cluster ended it as %(state)s.")
ENDED_WITH_CODE = _("The cluster ended it as %(state)s (exit code %(code)d).")

CLUSTER_GONE = _(
    "The cluster is gone for good, so the work cannot be done there. Whoever offers this page has "
    "to choose another one for it."
)
REHEARSAL_STOPPED = _("The rehearsal was stopped.")
FIRST_RUN_ENDED = _("The undisturbed run came to no result.")
SECOND_RUN_ENDED = _("The interrupted run came to no result.")
SAME_RESULTS = _("Both runs left the same files.")
ALIKE = _("The files of both runs differ, but compare() finds them equal.")
COMPARED = _("compare() says of the two results: %(words)s")
THESE_DIFFER = _("These are not the same: %(names)s.")
DIFFERENT_RESULTS = _("After interruptions the results are not the same: %(names)s.")
WROTE_OUTSIDE = _("The code wrote outside of the directories that it was given: %(paths)s.")
NEVER_INTERRUPTED = _(
    "The second run was never interrupted, for it ended much sooner than the first, so it proves "
    "nothing. Rehearse again."
)
INTERRUPTED = _("The second run was interrupted %(done)d times.")
TOO_SHORT = _("It was too short to be interrupted more often: %(done)d of %(planned)d times.")

_NAMED = [text for name, text in dict(globals()).items() if name.isupper()]

# What collaborators may read of jobs/node and of the backends, who know no translation. What else
# those say is for PIs and operators, in English.
FROM_BELOW = (
    _("The code ended well but left no file in its output directory."),
    _("The code was killed, most often for using more memory than the job may have."),
    _("The code crashed (%(signal)s)."),
    _("The code's process ended before %(function)s() returned (exit code %(code)s)."),
    _("It needed more than its %(megabytes)d MB of memory: read less at once, or ask for more."),
    _(
        "It wrote more than the %(megabytes)d MB of disk that it may have: write less, or ask for "
        "more."
    ),
    _(
        "Its checkpoint directory holds more than the %(megabytes)d MB that it may: save less, or "
        "remove what is not needed any more."
    ),
    _("The cluster's disk is full: the job was stopped before it fails for others, too."),
    _(
        "Processes were still running after %(function)s() had returned (%(what)s), so its results "
        "may be incomplete: wait for all that you start."
    ),
    _("The results are larger than %(gigabytes)s GB."),
    _("The file %(name)s did not arrive as it was uploaded."),
    _("The store failed on %(what)s (%(why)s)."),
    _("Slurm refused the job: %(words)s"),
    _("The run left a manifest that makes no sense."),
    _("The file is larger than the object store can hold."),
)
SENTENCES: tuple[str, ...] = (*_NAMED, *FROM_BELOW, *sentences.SENTENCES)

# How stored reasons call a file: its name may itself be personal data, and reasons are kept.
FILE = _("File %(number)d")
# How a result differs between a rehearsal's two runs.
ONLY_BEFORE = _("“%(name)s” is missing (size in bytes before: %(before)s)")
ONLY_AFTER = _("“%(name)s” is there only after interruptions (size in bytes: %(after)s)")
DIFFERS = _("“%(name)s” differs (size in bytes: %(before)s, then %(after)s)")
DIFFERS_IN_LINE = _(
    "“%(name)s” differs in line %(line)d (size in bytes: %(before)s, then %(after)s)"
)
DIFFERS_IN_BYTE = _(
    "“%(name)s” differs in byte %(byte)s (size in bytes: %(before)s, then %(after)s)"
)
_HOW_RESULTS_DIFFER = (ONLY_BEFORE, ONLY_AFTER, DIFFERS, DIFFERS_IN_LINE, DIFFERS_IN_BYTE)
# Parts of sentences, where a blank was filled in.
FRAGMENTS = (FILE, *_HOW_RESULTS_DIFFER, *sentences.FRAGMENTS)


def split_into(count: int) -> str:
    """Why a job goes on after split()."""
    return SPLIT_INTO % {"count": count} if count > 1 else SPLIT_INTO_ONE


def parts_done(count: int) -> str:
    """Why a job goes on after its parts."""
    return PARTS_DONE % {"count": count} if count > 1 else ONE_PART_DONE
