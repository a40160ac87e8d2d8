# Holds, or releases, all that is left of a job. usage: sh -c "$(cat this)" sh hold|release KEY BIN
# By name: an id may be another job's after slurmctld lost its state. A running job that is held goes
# on, and is held once it is requeued.
[ -n "$3" ] && PATH=$3:$PATH
export LC_ALL=C
ids=$(squeue -h -a --me --name="$2" -o %F) || exit
for id in $(printf '%s\n' "$ids" | sort -u); do
    words=$(scontrol "$1" "$id" 2>&1) && continue
    case $words in *'already finished'* | *'Invalid job id'*) continue ;; esac # it ended just now
    printf '%s\n' "$words" >&2
    exit 1
done
