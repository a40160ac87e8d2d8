# Replaces files of a directory, each whole; it is made (mode 0700) if need be.
# usage: sh -c "$(cat this)" sh DIRECTORY PLACE NAME... <a tar of the NAMEs, and of .whole as the last
# PLACE: a name of its own for the files while they arrive. exit: 0 done; else none of them, or not
# all, are replaced, and the same call again is safe.
directory=$1 place=$2
shift 2
umask 077
mkdir -p -- "$directory/$place" && cd -- "$directory" || exit
trap 'cd / && rm -rf -- "$directory/$place"' EXIT
if [ ! -O . ]; then
    echo 'the directory is not ours' >&2
    exit 1
fi
# tar takes a cut archive for a whole one if the cut falls between two files.
cd -- "$place" && tar -xmf - && [ -e .whole ] && mv -f -- "$@" ..
