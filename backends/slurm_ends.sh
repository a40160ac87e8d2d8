# Prints the end files of many jobs. usage: sh -c "$(cat this)" sh SCRATCH <keys, one a line
# stdout: a line "KEY NAME CONTENT" for each, its content on one line, at most 4096 bytes of it.
cd "$1" || exit 1
while read -r key; do
    for file in "$key"/end.*.json; do
        [ -f "$file" ] || continue
        printf '%s %s ' "$key" "${file##*/}"
        head -c 4096 "$file" | tr -d '\r\n'
        echo
    done
done
echo done
