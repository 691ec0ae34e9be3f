#!/usr/bin/env bash
# The load engine side by side with wrk (HTTP) and pgbench (SQL): same server, connections, statement, closed loop, in turn; then
# its scheduling error in an open loop at half of what was reached. Prints ratios.
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
cd "$root"
connections=${CONNECTIONS:-16} seconds=${SECONDS_EACH:-5} rounds=${ROUNDS:-3}
cargo build --quiet --locked --workspace --bins --example load
work=$(mktemp -d)
pids=()
cleanup() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    [[ -d $work/pg ]] && setpriv --reuid=postgres --regid=postgres --clear-groups "$pgbin/pg_ctl" -D "$work/pg" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap cleanup EXIT
chmod 755 "$work"
pgbin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
ours=$bin/examples/load

# What a command used of the processors, in hundredths of a second for each second: user and system.
measure() {
    local TIMEFORMAT='%R %U %S'
    { time "$@" >"$work/out" 2>"$work/err"; } 2>"$work/time"
    awk '{ printf "%.0f", ($2 + $3) / $1 * 100 }' "$work/time"
}
row() { printf '%-28s %12s /s %8s %% CPU\n' "$1" "$2" "$3"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "  ratio %.2f\n", a / b }'; }

if command -v nginx >/dev/null && command -v wrk >/dev/null; then
    mkdir "$work/www"; echo ok >"$work/www/index.html"
    cat >"$work/nginx.conf" <<CONF
daemon off; worker_processes 1; pid $work/nginx.pid; error_log $work/nginx.err;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 1000000000; server { listen 127.0.0.1:18180; root $work/www; } }
CONF
    nginx -c "$work/nginx.conf" & pids+=($!)
    sleep 1
    for ((round = 1; round <= rounds; round++)); do
        cpu=$(measure wrk -t 1 -c "$connections" -d "${seconds}s" http://127.0.0.1:18180/)
        theirs=$(awk '/Requests\/sec/ { print $2 }' "$work/out"); row "wrk" "$theirs" "$cpu"
        cpu=$(measure "$ours" http http://127.0.0.1:18180/ "$connections" "$seconds" closed)
        mine=$(awk '{ print $1 }' "$work/out"); row "touchstone" "$mine" "$cpu"; ratio "$mine" "$theirs"
    done
    half=$(awk -v r="$mine" 'BEGIN { printf "%.0f", r / 2 }')
    "$ours" http http://127.0.0.1:18180/ "$connections" "$seconds" "$half" | awk '{ printf "open loop at %s /s (half): scheduling error p99 %s us, latency p99 %s us\n", $1, $2, $3 }'
else
    echo "HTTP left out: nginx and wrk are not installed"
fi

if [[ -x $pgbin/pgbench ]]; then
    mkdir "$work/pg"; chown postgres "$work/pg"
    as() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
    as "$pgbin/initdb" -D "$work/pg" -U postgres -A trust -N --locale=C.UTF-8 >/dev/null
    as "$pgbin/pg_ctl" -w -D "$work/pg" -l "$work/pg/log" -o "-p 18181 -c listen_addresses=127.0.0.1 -c unix_socket_directories=$work/pg -c max_connections=200" start >/dev/null
    "$pgbin/pgbench" -h 127.0.0.1 -p 18181 -U postgres -i -q postgres >/dev/null 2>&1
    select='SELECT abalance FROM pgbench_accounts WHERE aid = $1'
    for ((round = 1; round <= rounds; round++)); do
        cpu=$(measure "$pgbin/pgbench" -h 127.0.0.1 -p 18181 -U postgres -n -S -M prepared -j 1 -c "$connections" -T "$seconds" postgres)
        theirs=$(awk '/^tps/ { print $3 }' "$work/out"); row "pgbench -S -M prepared" "$theirs" "$cpu"
        cpu=$(measure "$ours" sql 127.0.0.1:18181 "$connections" "$seconds" closed "$select" 1 100000)
        mine=$(awk '{ print $1 }' "$work/out"); row "touchstone" "$mine" "$cpu"; ratio "$mine" "$theirs"
    done
    half=$(awk -v r="$mine" 'BEGIN { printf "%.0f", r / 2 }')
    "$ours" sql 127.0.0.1:18181 "$connections" "$seconds" "$half" "$select" 1 100000 | awk '{ printf "open loop at %s /s (half): scheduling error p99 %s us, latency p99 %s us\n", $1, $2, $3 }'
else
    echo "SQL left out: pgbench is not installed"
fi
