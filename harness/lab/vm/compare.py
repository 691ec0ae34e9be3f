"""Compares a run's verdicts with the expected ones: `compare.py report.json expected.tsv`. Ends with 1 where they differ."""
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    checks = json.load(file)["checks"]
seen = {check["item"]: check for check in checks}
expected = {}
with open(sys.argv[2], encoding="utf-8") as file:
    for line in file:
        if line.strip() and not line.startswith("#"):
            check, full, lacking = line.split()
            expected[f"{check}@vm-full"] = full
            expected[f"{check}@vm-lacking"] = lacking
wrong = 0
for item, check in sorted(seen.items()):
    verdict, wanted = check["verdict"]["verdict"], expected.get(item, "not in the table")
    as_expected = verdict == wanted and not check.get("left_behind")
    wrong += not as_expected
    reason = (check["verdict"].get("reason") or {}).get("en", "")
    print(f"{'ok ' if as_expected else 'NOT'} {item:52} {verdict:14} {check['elapsed_ms'] / 1000:7.1f} s {reason if not as_expected else ''}")
    if not as_expected:
        print(f"    expected: {wanted}")
        for report in check.get("reports", []):
            print(f"    {report['expectation']}: {report['judgement']}: {report['expected']} | {report['actual']}"[:600])
print(f"{len(seen) - wrong} passed, {wrong} failed")
sys.exit(1 if wrong else 0)
