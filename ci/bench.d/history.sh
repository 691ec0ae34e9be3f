#!/usr/bin/env bash
# How time and memory of the checkers grow with the history: reading the file included, each size in a process of its own.
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
cd "$root"
cargo build --quiet --locked --package touchstone-history --example growth
printf '%-12s %10s %8s %10s %12s %12s\n' workload operations ms 'peak MiB' 'us each' 'bytes each'
for kind in ledger list-append; do
    if [[ $kind == ledger ]]; then sizes="125000 250000 500000 1000000"; else sizes="25000 50000 100000 200000"; fi
    for size in $sizes; do
        "$bin/examples/growth" "$kind" "$size" | awk '{ printf "%-12s %10d %8d %10.1f %12.2f %12.0f\n", $1, $2, $3, $4 / 1024, $3 * 1000 / $2, $4 * 1024 / $2 }'
    done
done
