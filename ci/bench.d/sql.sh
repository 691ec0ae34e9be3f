#!/usr/bin/env bash
# Times the SQL checks of DB-05 to DB-09 on a PostgreSQL of the lab beside psql sending the same statements.
#
#   ci/bench.d/sql.sh             builds first
#   ci/bench.d/sql.sh --as-built  with the program as it was built last
#
# REPETITIONS=20 sets how often each is timed.
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
cd "$root"
fail() {
    printf 'ci/bench.d/sql.sh: %s\n' "$*" >&2
    exit 1
}
touchstone=$bin/touchstone
repetitions=${REPETITIONS:-10}
if [[ -z ${TOUCHSTONE_BENCH-} ]]; then
    [[ ${1-} == --as-built ]] || { ci/setup && build; }
    TOUCHSTONE_BENCH=inside exec "$bin/touchstone-lab" with postgres -- "$BASH" ci/bench.d/sql.sh
fi

source ci/bench.d/clock.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Codes 1 and 3 are verdicts, which are not what is measured.
ours() {
    local code=0
    "$touchstone" run --lang en --allow scratch --suite suites/gov-paas --plugins "$plugins" --tag sql --target postgres \
        --out "$work/run" || code=$?
    [[ $code == [013] ]]
}
prepare_ours() { rm -rf "$work/run"; }
theirs() { psql -X -q -v ON_ERROR_STOP=0 -f "$work/same.sql" >/dev/null 2>&1; }
one() {
    local code=0
    "$touchstone" run --lang en --allow scratch --suite suites/gov-paas --plugins "$plugins" --check database/packages \
        --target postgres --out "$work/one" || code=$?
    [[ $code == [013] ]]
}
prepare_one() { rm -rf "$work/one"; }

prepare_ours
ours >/dev/null
# The same statements, clean-ups included, in the order of the journal; what it shows shortened is made again.
/usr/bin/python3 - "$work" "$TOUCHSTONE_INVENTORY" <<'PY' >"$work/connection"
import json, pathlib, re, sys

work, inventory = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).read_text()
report = json.loads((work / "run/report.json").read_text())
steps = {"(begin)": "BEGIN", "(rollback)": "ROLLBACK", "(commit)": "COMMIT"}
out, undo = [], []
for check in report["checks"]:
    for seen in check["observations"]:
        if seen["capability"] != "sql":
            continue
        text = seen["act"].split("> ", 1)[-1]
        if text.endswith("…"):
            table = re.match(r"INSERT INTO (\S+)", text)[1]
            rows = ", ".join(f"({n}, 'row-{n}')" for n in range(10001, 11001))
            text = f"INSERT INTO {table} (id, v) VALUES {rows}"
        out.append(steps.get(text, text) + ";")
(work / "same.sql").write_text("\n".join(out) + "\n")
block = re.search(r'name = "postgres".*?(?=\n\[\[target|\Z)', inventory, re.S)[0]
value = lambda key: re.search(rf'\b{key} = "?([^"\n]+)"?', block)[1]
role = re.search(r"\[target\.sql\.roles\.app\]\nuser = \"(.+?)\"\npassword = \{ file = \"(.+?)\" \}", block)
password = pathlib.Path(role[2]).read_text().strip()
print(f"export PGHOST=127.0.0.1 PGPORT={value('port')} PGDATABASE={value('database')} PGUSER={role[1]} PGPASSWORD={password}")
PY
source "$work/connection"
statements=$(wc -l <"$work/same.sql")
race "$repetitions" ours theirs one
rule
head_row
rule
judge_row "DB-05 to DB-09 on PostgreSQL, run and report" "$(ms "$(minimum ours)")" "$(ms "$(median ours)")" "< 3000 ms" "m < 3000"
row theirs "  psql, the same $statements statements"
row one "  one check alone (packages)"
rule
left=$(psql -X -q -A -t -c "select count(*) from pg_class where relname ~ '^ts[0-9a-f]{12}'")
echo "scratch tables left: $left"
[[ $left == 0 ]]
