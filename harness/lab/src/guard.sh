# shellcheck shell=sh disable=SC2013
# Cleans up after a lab that was killed. Lines on standard input say what the lab made; "bye" says that it cleaned up
# itself. When the input ends without it, the lab is dead and everything named is stopped, unmounted and removed.
set -u
trap '' INT TERM HUP QUIT
root=$1
processes='' images=''
while read -r kind first second; do
    case $kind in
    pid) processes="$processes $first:$second" ;;
    image) images="$images $first" ;;
    bye) exit 0 ;;
    esac
done
started() { # time of start of a process, which tells it from a later one with the same number
    sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
}
below() {
    for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do
        below "$child"
        echo "$child"
    done
}
alive=''
for entry in $processes; do
    pid=${entry%%:*}
    [ "$(started "$pid")" = "${entry##*:}" ] || continue
    alive="$alive $pid $(below "$pid")"
    # In good order first: a database server that is killed leaves shared memory behind.
    kill -INT "$pid" 2>/dev/null
done
lives() { # a process that has ended but was not yet waited for does not
    case $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -c1) in '' | Z | X) return 1 ;; esac
}
living() { for pid in $alive; do lives "$pid" && echo "$pid"; done; }
settle() { # waits until nothing lives any more, at most so many tenths of a second
    tenths=$1
    while [ "$tenths" -gt 0 ] && [ -n "$(living)" ]; do
        sleep 0.1
        tenths=$((tenths - 1))
    done
}
settle 50
# shellcheck disable=SC2046
kill -9 $(living) 2>/dev/null
settle 50
# What a server that had to be killed left there.
for pid in $alive; do
    awk -v pid="$pid" 'NR > 1 && $5 == pid { print $2 }' /proc/sysvipc/shm | while read -r segment; do ipcrm -m "$segment"; done
done 2>/dev/null
mounts() { cut -d' ' -f5 /proc/self/mountinfo | grep -e "^$root/" | sort -r; }
for mount in $(mounts); do umount "$mount" 2>/dev/null || umount -l "$mount"; done
for image in $images; do
    losetup -j "$image" 2>/dev/null | cut -d: -f1 | while read -r device; do losetup -d "$device"; done
    rm -f "$image"
done
[ -z "$(mounts)" ] && rm -rf --one-file-system "$root"
exit 0
