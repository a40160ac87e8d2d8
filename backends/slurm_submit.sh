# The cluster-side half of an exactly-once submit.
# usage: sh -c "$(cat this)" sh DIRECTORY KEY SIZE SETTLE_S BIN SBATCH_ARGUMENT...
# stdout: "jobid N". exit: 0 done; 65 Slurm said no; 74 job.sh is not whole; 75 open, ask again;
# 76 the partition does not requeue.
directory=$1 key=$2 size=$3 settle_s=$4 bin=$5
shift 5
[ -n "$bin" ] && PATH=$bin:$PATH
umask 077 # sbatch hands it on to the job
trap '' HUP PIPE # go on without the connection
notes=$directory/.submit

later() {
    echo "$1" >&2
    exit 75
}

answer() {
    printf 'jobid %s\n' "$(cat "$notes/jobid")"
    exit 0
}

keep() { # keep ID: from here on it is known
    case $1 in '' | *[!0-9]*) later "no job id, but: $1" ;; esac
    printf '%s\n' "$1" >"$notes/jobid.tmp" && sync "$notes/jobid.tmp" &&
        mv "$notes/jobid.tmp" "$notes/jobid" && answer
    later 'the job id could not be written down'
}

adopt() { # adopt IDS, one a line: keep the first of them, if there is any
    first=$(printf '%s\n' "$1" | grep -x '[0-9][0-9]*' | sort -n | head -n 1)
    [ -z "$first" ] || keep "$first"
}

age_s() { # how long ago, by the clock of the file system that holds the notes
    touch "$notes/now" && echo $(($(stat -c %Y "$notes/now") - $(stat -c %Y "$1")))
}

find_earlier() { # an earlier sbatch may have got through: returns only if surely not
    [ -L "$directory/owner" ] && adopt "$(readlink "$directory/owner")"
    ids=$(squeue -h -a -t all --me --name="$key" -o %F) || later 'squeue does not answer'
    adopt "$ids"
    # Not there: believed only if a second answered look says so too, settle_s after the first.
    if [ ! "$notes/looked" -nt "$notes/tried" ]; then
        touch "$notes/looked"
        later 'an earlier try may still get through'
    fi
    [ "$(age_s "$notes/looked")" -ge "$settle_s" ] || later 'an earlier try may still get through'
    # slurmctld forgets an ended job after MinJobAge; accounting, where there is any, does not.
    # JobID, for JobIDRaw of an array's task is not the array's; "36_7" and "36_[8-15]" are of 36.
    adopt "$(sacct -n -X -P -S now-30days --name="$key" -o JobID 2>/dev/null | cut -d _ -f 1)"
}

is_young() { # a slurmctld that has just started may not know its nodes yet
    began=$(scontrol show config 2>/dev/null | sed -n 's/^BOOT_TIME *= *//p')
    [ -n "$began" ] && began=$(date -d "$began" +%s) && [ $(($(date +%s) - began)) -lt 120 ]
}

look_at_partition() { # it was judged some minutes ago, and may have been changed since
    for word in "$@"; do case $word in --partition=*) partition=${word#*=} ;; esac; done
    modes=$(scontrol -a -o show partition "$partition" 2>/dev/null | tr ' ' '\n' |
        sed -n 's/^PreemptMode=//p')
    case ,$modes, in ,, | *,REQUEUE,*) return ;; esac
    # There it is for a QOS to say; what does not answer, sbatch will find as well.
    scontrol show config 2>/dev/null | grep -q '^PreemptType.*preempt/qos' && return
    echo "its PreemptMode is $modes now, without REQUEUE" >&2
    exit 76
}

mkdir -p "$notes" || later 'the job directory cannot be written'
exec 9>"$notes/lock" || later 'the job directory cannot be written'
# A sbatch that lost its connection holds it on, so nobody looks while it is under way.
flock -w 20 9
case $? in
0) ;;
1) later 'an earlier try is still at work' ;;
*) later 'the scratch file system cannot lock files (flock); the operator has to look at it' ;;
esac
[ -s "$notes/jobid" ] && answer
[ "$(wc -c <"$directory/job.sh")" -eq "$size" ] || exit 74
[ -e "$notes/tried" ] && find_earlier

look_at_partition "$@"
touch "$notes/tried" || later 'the job directory cannot be written'
id=$(sbatch "$@" 2>"$notes/words")
code=$?
[ $code -eq 0 ] && keep "$(printf '%s\n' "$id" | tail -n 1 | cut -d ';' -f 1)"
touch "$notes/tried" # the doubt begins when sbatch gives up, not when it began
cat "$notes/words" >&2
[ -s "$notes/words" ] || later 'sbatch ended without a word'
case $code in # not Slurm's answer, but the shell's: no sbatch to start, or it was killed
126 | 127) rm -f "$notes/tried" && exit 75 ;;
12[89] | 1[3-9]? | 2??) exit 75 ;;
esac
# A definite no, for as long as the queue is full or the partition is closed.
if grep -qE '(Max|Grp)Submit|inactive or drain' "$notes/words" ||
    { grep -q 'node configuration' "$notes/words" && is_young; }; then
    rm -f "$notes/tried"
    exit 75
fi
grep -qiE 'timed out|timeout|connect failure|receive failure|unable to contact|connection|zero bytes|temporarily|try again|backup controller|standby|authentication|munge|i/o error|no space|quota exceeded' "$notes/words" && exit 75
# Whatever else sbatch cannot do (find its configuration, say) is no word of Slurm's.
grep -qE 'Batch job submission failed|Unable to allocate resources' "$notes/words" || exit 75
rm -f "$notes/tried"
exit 65
