#!/usr/bin/env bash
# A fleet on one machine: HOSTS SSH targets on loopback, 30 observe-only checks each, side by side with pytest-testinfra (xdist)
# asking the same. Prints seconds, and the most memory that all processes of each side held together, in MiB.
#
#   ci/bench.d/fleet.sh [HOSTS]       default 200
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
cd "$root"

hosts=${1:-200}
checks=$CARGO_TARGET_DIR/bench-plugins
export TOUCHSTONE_ALLOW_UNSIGNED=1 PYTHONDONTWRITEBYTECODE=1
if [[ -z ${TOUCHSTONE_BENCH-} ]]; then
    build
    "$bin/touchstone" plugin build --out "$checks" plugins/fixtures/many
    # Of the peer only: no part of the product or its tests needs it.
    "$cache/venv/bin/pip" install --quiet pytest-xdist==3.8.0
    TOUCHSTONE_BENCH=inside exec "$bin/touchstone-lab" with sshd -- "$BASH" ci/bench.d/fleet.sh "$hosts"
fi

source ci/bench.d/tender.sh
work=$(mktemp -d)
leave() {
    for socket in "$work"/m-*; do [[ ! -S $socket ]] || ssh -q -o ControlPath="$socket" -O exit any 2>/dev/null || true; done
    rm -rf "$work"
}
trap leave EXIT
mapfile -t thirty < <(printf 'fifty-%02d\n' {0..29})
write_suite "$work/suite" "${thirty[@]}"
write_inventories "$work"
write_ssh_config "$work"
digits=${#hosts}
{
    printf 'schema = 1\n\n[[target]]\nname = "h{n}"\nkind = "host"\neach = { n = "%0*d-%d" }\n' "$digits" 1 "$hosts"
    grep '^shell' "$work/ssh.toml"
} >"$work/fleet.toml"
for n in $(seq -f "%0$digits.0f" 1 "$hosts"); do
    sed -e "s/^Host bench/Host h$n/" -e "s#ControlPath .*#ControlPath $work/m-$n#" "$work/ssh_config"
done >"$work/fleet_config"

# held NAME COMMAND...: its seconds, and the most memory of its process tree.
held() {
    python3 - "$@" <<'PYTHON'
import os, subprocess, sys, time

def tree(root):
    """KiB of its own that each process of the tree holds."""
    parents, sizes = {}, {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            parents[int(pid)] = int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
    wanted, before = {root}, 0
    while len(wanted) != before:
        before = len(wanted)
        wanted |= {pid for pid, parent in parents.items() if parent in wanted}
    for pid in wanted:
        try:
            for line in open(f"/proc/{pid}/smaps_rollup"):
                if line.startswith("Pss:"):
                    sizes[pid] = int(line.split()[1])
        except OSError:
            continue
    return sum(sizes.values())

name, command = sys.argv[1], sys.argv[2:]
begun, most = time.monotonic(), 0
with open(f"{os.environ['WORK']}/{name}.out", "w") as out:
    child = subprocess.Popen(command, stdout=out, stderr=out)
    while child.poll() is None:
        most = max(most, tree(child.pid))
        time.sleep(0.25)
print(f"{name:12} {time.monotonic() - begun:8.1f} s {most / 1024:8.0f} MiB   code {child.returncode}")
PYTHON
}
export WORK=$work
say "$hosts hosts x 30 checks, observe only (load of the machine: $(cut -d' ' -f1-3 /proc/loadavg))"
held touchstone "$bin/touchstone" run --lang en --suite "$work/suite" --plugins "$checks" --inventory "$work/fleet.toml" --out "$work/run"
decided=$(grep '"event":"check-finished"' "$work/run/journal.log" | grep -c '"termination":{"kind":"decided"' || true)
((decided == hosts * 30)) || { echo "fleet: $decided of $((hosts * 30)) checks decided" >&2; exit 1; }
mapfile -t names < <(sed -n 's/^Host //p' "$work/fleet_config")
held testinfra "$cache/venv/bin/python" -m pytest -q -p no:cacheprovider --rootdir "$work" -n 4 -k "file or package or setting" \
    --ssh-config="$work/fleet_config" --hosts="$(printf 'ssh://%s,' "${names[@]}" | sed 's/,$//')" ci/bench.d/testinfra_50.py
tail -n 1 "$work/testinfra.out"
ls -l "$work/run" | awk 'NF > 2 { printf "%12d %s\n", $5, $9 }'
