# Prints the end files of many jobs. usage: sh -c "$(cat this)" sh SCRATCH <keys, one a line
# stdout: a line "KEY NAME CONTENT" for each, its content on one line, at most 4096 bytes of it.
cd "$1" || exit 1
while read -r key; do
    for file in "$key"/end.*.json; do
        [ -f "$file" ] || continue
        number=${file#"$key"/end.} number=${number%.json}
        case $number in '' | *[!0-9.]*) continue ;; esac # a name may hold a line of its own
        printf '%s end.%s.json ' "$key" "$number"
        head -c 4096 "$file" | tr -d '\r\n'
        echo
    done
done
echo done
