#!/usr/bin/env bash
# How fast the documents of a large run are, and how fast its page is in a browser: 5,000 check results, 50 MB of evidence.
#
#   ci/bench.d/report.sh [CHECKS] [BYTES OF EVIDENCE FOR EACH]
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
cd "$root"

checks=${1:-5000} bytes=${2:-10000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo build --quiet --locked --workspace --bins --example large_run
"$bin/examples/large_run" "$work/run" "$checks" "$bytes"

say "every document but the PDF: seconds, KiB at most"
for _ in 1 2 3; do
    # Python's own figures of a child: no further tool is needed.
    python3 - "$bin/touchstone" "$work/run" <<'PYTHON'
import resource, subprocess, sys, time
begin = time.monotonic()
subprocess.run([sys.argv[1], "report", sys.argv[2]], check=True, stdout=subprocess.DEVNULL)
print(f"{time.monotonic() - begin:6.2f} s {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss:8d} KiB")
PYTHON
done
ls -l "$work/run" | awk 'NF > 2 { printf "%12d %s\n", $5, $9 }'

say "the page in Chromium, by its own tracing: milliseconds"
python3 ci/bench.d/page.py "$work/run/report.html"
