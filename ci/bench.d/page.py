"""Opens a report in headless Chromium, filters, searches, opens a check, and tells how long the page's main thread was busy.

    page.py REPORT.html

Speaks the DevTools protocol over the browser's own pipe. For each act: the time from the act until the next frame was drawn, and the
processor time of the main thread's longest task meanwhile as Chromium's tracing (devtools.timeline) has it.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile


class Browser:
    def __init__(self, folder):
        self.number = 0
        self.events = []
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        command = [
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--window-size=1280,900",
            "--remote-debugging-pipe", f"--user-data-dir={folder}/profile", "about:blank",
        ]

        def wire():
            # The browser reads descriptor 3 and writes descriptor 4; above the others first, so that none is overwritten.
            high_in, high_out = os.dup2(theirs_in, 103), os.dup2(theirs_out, 104)
            os.dup2(high_in, 3)
            os.dup2(high_out, 4)

        self.process = subprocess.Popen(
            command, preexec_fn=wire, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self.input, self.output = os.fdopen(ours_in, "rb", buffering=0), ours_out
        self.rest = b""

    def message(self):
        while b"\0" not in self.rest:
            more = self.input.read(1 << 20)
            if not more:
                sys.exit("the browser ended")
            self.rest += more
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, session=None, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        text = json.dumps(message).encode() + b"\0"
        while text:
            text = text[os.write(self.output, text):]
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while True:
            for event in self.events:
                if event.get("method") == method:
                    self.events.remove(event)
                    return event["params"]
            self.events.append(self.message())

    def traced(self, session, act):
        """What `act` gives, and the longest task of a page's main thread meanwhile, in milliseconds."""
        self.call("Tracing.start", session, transferMode="ReportEvents", traceConfig={
            "includedCategories": ["disabled-by-default-devtools.timeline", "devtools.timeline", "toplevel"]})
        result = act()
        self.events = [event for event in self.events if event.get("method") != "Tracing.dataCollected"]
        self.call("Tracing.end", session)
        self.wait("Tracing.tracingComplete")
        data = [e for m in self.events if m.get("method") == "Tracing.dataCollected" for e in m["params"]["value"]]
        mains = {(e["pid"], e["tid"]) for e in data if e["name"] == "thread_name" and e["args"].get("name") == "CrRendererMain"}
        # Their processor time: on a machine that is busy with other things the clock says more about those.
        tasks = [e.get("tdur", e["dur"]) / 1000 for e in data if e["name"] in ("RunTask", "ThreadControllerImpl::RunTask")
                 and e.get("ph") == "X" and (e["pid"], e["tid"]) in mains]
        return result, max(tasks, default=0.0)


ACTS = [
    ("filter by a verdict", "document.querySelector('[data-chip=nonconforming]').click()"),
    ("all verdicts again", "document.querySelector('[data-chip=nonconforming]').click()"),
    ("filter by an area", "let s = document.querySelector('select[name=area]'); s.selectedIndex = 2; s.onchange()"),
    ("search a check", "document.getElementById('clear').click(); let q = document.getElementById('q'); q.value = 'check-1234'; q.oninput()"),
    ("clear", "document.getElementById('clear').click()"),
    ("open a clause", "document.querySelector('details.clause').querySelector('summary').click()"),
    ("open a check", "document.querySelector('details.clause[open] details.check').querySelector('summary').click()"),
    ("the other language", "document.getElementById('lang').click()"),
]

# Until the frame after the act has been drawn (the search waits 80 ms for further keys by itself).
TIMED = """(async () => { const begin = performance.now(); { %s }
    await new Promise(done => setTimeout(done, %d));
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - begin - %d; })()"""


def main(path):
    with tempfile.TemporaryDirectory() as folder:
        browser = Browser(folder)
        try:
            target = browser.call("Target.createTarget", url="about:blank")["targetId"]
            session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            browser.call("Page.enable", session)

            def load():
                browser.call("Page.navigate", session, url=pathlib.Path(path).absolute().as_uri())
                browser.wait("Page.loadEventFired")

            _, longest = browser.traced(session, load)
            script = """(() => { const n = performance.getEntriesByType('navigation')[0];
                const paint = performance.getEntriesByName('first-contentful-paint')[0];
                return [paint ? paint.startTime : -1, n.loadEventEnd, document.querySelectorAll('*').length]; })()"""
            paint, loaded, elements = browser.call("Runtime.evaluate", session, expression=script, returnByValue=True)["result"]["value"]
            print(f"{'open':24} first paint {paint:7.0f}   loaded {loaded:7.0f}   longest task (CPU) {longest:7.0f}   elements {elements}")
            for name, act in ACTS:
                wait = 100 if "search" in name else 0
                expression = TIMED % (act, wait, wait)
                run = lambda: browser.call("Runtime.evaluate", session, expression=expression, awaitPromise=True, returnByValue=True)
                result, longest = browser.traced(session, run)
                if "exceptionDetails" in result:
                    sys.exit(f"{name}: {result['exceptionDetails']}")
                print(f"{name:24} next frame {result['result']['value']:7.0f}   longest task (CPU) {longest:7.0f}")
        finally:
            browser.process.terminate()
            browser.process.wait()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
