#!/bin/sh
# The batch script: sh job.sh PYTHON, in the job directory. Constant; what varies is in job.json.
# Its directory may be gone, if it was cancelled unseen: Slurm would then run it in /tmp.
[ -z "$SLURM_JOB_ID" ] || [ "${PWD##*/}" = "$SLURM_JOB_NAME" ] || exit 0
attempt=${FREELOADER_ATTEMPT:-${SLURM_RESTART_COUNT:-0}} # Slurm leaves it unset in the first run

# A submit whose answer was lost may have been made twice: only the first one to come may go on.
# The tasks of an array have numbers of their own; what they share is the array's.
twin=${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}
if [ -n "$twin" ]; then
    ln -s "$twin" owner 2>/dev/null || [ "$(readlink owner)" = "$twin" ] || exit 0
fi

# Python 3.6 in the C locale cannot even name a file with an umlaut; newer ones heed the second.
export LC_ALL=C.UTF-8 PYTHONUTF8=1

if ! "$1" -c 'import sys; sys.exit(sys.version_info < (3, 6))'; then
    end=end.${SLURM_ARRAY_TASK_ID:+$SLURM_ARRAY_TASK_ID.}$attempt
    message='The Python that is set for this cluster is not there, or is older than 3.6.'
    printf '{"exit_code": 78, "reason": "broken_job", "message": "%s", "attempt": %d, "started_at": %d, "ended_at": %d, "node": "%s"}\n' \
        "$message" "$attempt" "$(date +%s)" "$(date +%s)" "$(uname -n)" >"$end.tmp"
    mv "$end.tmp" "$end.json"
    echo "$message" >&2
    exit 78
fi
exec "$1" run.pyz . "$attempt" ${SLURM_ARRAY_TASK_ID:+"$SLURM_ARRAY_TASK_ID"}
