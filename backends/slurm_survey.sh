# Looks around on a login node; starts no job, leaves no file.
# usage: sh -c "$(cat this)" sh SCRATCH PYTHON BIN DMTCP_BIN PARTITION SBATCH_ARGUMENT...
# stdout: lines "NAME WORDS", all that a command said; "NAME ended CODE" after its last one.
scratch=$1 python=$2 bin=$3 dmtcp=$4 partition=$5
shift 5
[ -n "$bin" ] && PATH=$bin:$PATH
umask 077
limit=
command -v timeout >/dev/null && limit='timeout 12'
export LC_ALL=C

ask() { # ask NAME COMMAND...; short lines, one write each, so that those of others do not mix in
    name=$1
    shift
    { $limit "$@" </dev/null 2>&1; echo "ended $?"; } | while read -r line; do
        printf '%s %.1000s\n' "$name" "$line"
    done
}

try_scratch() {
    file=$scratch/.survey.$$
    ask scratch sh -c 'cd "$1" && echo x >"$2" && test -s "$2"' sh "$scratch" "$file"
    ask flock flock -n "$file" true
    rm -f "$file" 2>/dev/null
    ask free df -Pk "$scratch"
}

clock() {
    echo "clock $(date +%s.%N)"
}

# All at once: each of Slurm's commands may take 9 or 18 s to say that slurmctld is down.
clock
ask config scontrol show config &
ask partition sh -c 'scontrol -a -o show partition | tr " " "\n" | grep -E "$1"' sh \
    '^(PartitionName|State|PreemptMode|PriorityTier|PriorityJobFactor|GraceTime)=' &
ask nodes sinfo -h -a -N -o '%N %R' &
ask idle sinfo -h -p "$partition" -o '%T|%D|%C|%c|%m' &
ask qos sacctmgr -n -P show qos format=name,preempt,preemptmode,priority &
ask squeue squeue -h -a --me --name=fl-nobody -O JobID &
ask scancel scancel --me --name=fl-nobody &
ask sbatch env SLURM_TIME_FORMAT=%s sbatch --test-only --cpus-per-task=1 --time=1 "$@" --wrap=true &
ask sacct sacct -n -X -P -o JobID -j 1 &
ask python "$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' &
ask dmtcp sh -c 'PATH=${1:+$1:}$PATH; exec dmtcp_launch --version' sh "$dmtcp" &
try_scratch &
wait
clock
