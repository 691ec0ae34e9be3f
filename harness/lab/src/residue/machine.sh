# shellcheck shell=sh disable=SC2016
# Lists the state of a machine: kind, tab, thing. $1: processes of the lab. Then folders, `--`, folders to be left out.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
services=$1
shift
tab=$(printf '\t')

# Files by kind, rights, size and time: what was written anew with the same size shows by its time. A folder's own size and
# time change when something is made and removed again, and a socket's or device's mean nothing.
folders='' without='' past=false
for word in "$@"; do
    if [ "$word" = -- ]; then
        past=true
    elif $past; then
        without="$without -o -path $word"
    elif [ -d "$word" ]; then
        folders="$folders $word"
    fi
done
for folder in $folders; do
    # shellcheck disable=SC2086
    find "$folder" \( -path '*/.cache' -o -path '*/.cargo' -o -path '*/.rustup' $without \) -prune -o \
        \( -type f -printf 'file\t%M %U:%G %s %T@ %p\n' \) -o -printf 'file\t%M %U:%G %p %l\n' 2>/dev/null
done

# Processes that live, but for those of the lab, for us, and for threads of the kernel.
cat /proc/[0-9]*/stat 2>/dev/null | awk -v services="$services" -v self="$$" '
{
    pid = $1; name = $0; sub(/^[0-9]+ \(/, "", name); sub(/\) [A-Za-z] .*$/, "", name)
    rest = $0; sub(/^.*\) /, "", rest); split(rest, field, " ")
    state[pid] = field[1]; parent[pid] = field[2]; started[pid] = field[20]; called[pid] = name
}
END {
    count = split(services, known, " ")
    for (i = 1; i <= count; i++) skipped[known[i]] = 1
    skipped[self] = 1; skipped[2] = 1
    do {
        grown = 0
        for (pid in parent) if (!(pid in skipped) && (parent[pid] in skipped)) { skipped[pid] = 1; grown = 1 }
    } while (grown)
    # Whoever asks is no residue either: the way up to the first process.
    for (pid = parent[self]; pid > 1; pid = parent[pid]) skipped[pid] = 1
    for (pid in parent)
        if (!(pid in skipped) && state[pid] != "Z" && state[pid] != "X" && pid != 1)
            printf "process\t%s %s %s\n", pid, started[pid], called[pid]
}'

cut -d' ' -f4,5,6 /proc/self/mountinfo | sed "s/^/mount$tab/"

# Loop devices are the kernel's, not a namespace's: those whose file is one of ours, or was.
for device in /sys/block/loop[0-9]*; do
    [ -r "$device/loop/backing_file" ] || continue
    file=$(cat "$device/loop/backing_file" 2>/dev/null) || continue
    name=${device##*/}
    inode=$(losetup -n -O BACK-INO "/dev/$name" 2>/dev/null | tr -d ' ')
    { [ -n "$inode" ] && [ "$(stat -c %i "${file% (deleted)}" 2>/dev/null)" = "$inode" ]; } || case $file in
    *touchstone*'(deleted)') ;;
    *) continue ;;
    esac
    printf 'loop\t%s %s\n' "$name" "$file"
done

for space in /run/netns/*; do
    [ -e "$space" ] && printf 'netns\t%s\n' "$space"
done
ip -o link 2>/dev/null | sed "s/^[0-9]*: \([^:]*\):.* state \([A-Z]*\).*/link$tab\1 \2/"
ip -o address 2>/dev/null | sed "s/^[0-9]*: \([^ ]*\) *\([^ ]* [^ ]*\).*/address$tab\1 \2/"
{ ip route; ip -6 route; ip rule; ip -6 rule; } 2>/dev/null | sed 's/ expires [0-9]*sec//' | sort -u | sed "s/^/route$tab/"
tc qdisc 2>/dev/null | sed "s/^qdisc /qdisc$tab/; s/ refcnt [0-9]*//"
nft -s list ruleset 2>/dev/null | sed "s/^/rule$tab/"
for save in iptables-legacy-save ip6tables-legacy-save; do
    command -v "$save" >/dev/null && "$save" 2>/dev/null | grep -v '^#' | sed "s/\[.*\]//; s/^/rule$tab$save /"
done
exit 0
