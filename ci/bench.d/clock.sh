# Times commands and prints one table. Sourced by ci/bench.

declare -A samples=()

# time_one NAME COMMAND...: one sample, in microseconds. The command's output is kept in $work/NAME.out.
time_one() {
    local name=$1 begun ended
    shift
    begun=${EPOCHREALTIME/./}
    "$@" >"$work/$name.out" 2>&1 || fail "$name ended with code $?; its output: $(tail -n 5 "$work/$name.out")"
    ended=${EPOCHREALTIME/./}
    samples[$name]+="$((ended - begun)) "
}

# race REPETITIONS NAME...: each name is a function; before it, prepare_NAME is called where there is one. Turn by turn, so
# that whatever else the machine does hits all of them alike, which a tool that times one command after another cannot do.
# The first turn warms caches up and is not counted.
race() {
    local repetitions=$1 turn name
    shift
    for ((turn = 0; turn <= repetitions; turn++)); do
        for name in "$@"; do
            if declare -F "prepare_$name" >/dev/null; then "prepare_$name"; fi
            time_one "$name" "$name"
            if ((turn == 0)); then unset "samples[$name]"; fi
        done
    done
}

minimum() { tr ' ' '\n' <<<"${samples[$1]}" | sed '/^$/d' | sort -n | head -n 1; }
median() { tr ' ' '\n' <<<"${samples[$1]}" | sed '/^$/d' | sort -n | awk '{ a[NR] = $1 } END { print (a[int((NR + 1) / 2)] + a[int(NR / 2) + 1]) / 2 }'; }

# ms MICROSECONDS
ms() { awk -v us="$1" 'BEGIN { printf "%.1f", us / 1000 }'; }

rule() { printf '%s\n' "-------------------------------------------------------------------------------------------"; }
head_row() { printf '%-42s %10s %10s  %-26s\n' "" "min ms" "median ms" "aim"; }

# row NAME TITLE AIM
row() { printf '%-42s %10s %10s  %-26s\n' "$2" "$(ms "$(minimum "$1")")" "$(ms "$(median "$1")")" "${3-}"; }

# judge_row TITLE MIN MEDIAN AIM MET: the last is an awk condition on m (the median).
judge_row() {
    local met
    met=$(awk -v m="$3" "BEGIN { print ($5) ? \"reached\" : \"missed\" }")
    printf '%-42s %10s %10s  %-26s\n' "$1" "$2" "$3" "$4: $met"
}

# ratio_row OURS PEER TITLE [AIM]: how many times faster, fastest against fastest and median against median.
ratio_row() {
    local least middle
    least=$(awk -v a="$(minimum "$2")" -v b="$(minimum "$1")" 'BEGIN { printf "%.1f", a / b }')
    middle=$(awk -v a="$(median "$2")" -v b="$(median "$1")" 'BEGIN { printf "%.1f", a / b }')
    if [[ -n ${4-} ]]; then
        judge_row "$3" "$least" "$middle" "$4 times" "m >= $4"
    else
        printf '%-42s %10s %10s\n' "$3" "$least" "$middle"
    fi
}
