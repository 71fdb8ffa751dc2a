#!/usr/bin/env python3
"""Opens pages in a headless Chromium, in both themes, on a phone, a desktop and paper, and says what is wrong with them.

    browse.py CHROMIUM SHOTS PAGE...

Nothing may be said on the console, nothing asked of a network, nothing stand out of the page to the right; both themes must differ;
on paper what is folded away must be unfolded. Screenshots go into the folder SHOTS: look at them. A line `ok: ` or `FAILED: ` for
each; the exit status is 1 where there is one of the latter.
"""
import base64
import json
import os
import subprocess
import sys
import tempfile

WIDTHS = {"phone": 390, "desktop": 1280}
WIDE = """(() => { const w = document.documentElement.clientWidth, out = [];
for (const e of document.querySelectorAll('body *')) {
  if (e.closest('.wide') && !e.matches('.wide')) continue;
  const r = e.getBoundingClientRect();
  if (r.width > 0 && r.right > w + 1) out.push(e.tagName + '.' + (e.className.baseVal ?? e.className));
}
return [document.documentElement.scrollWidth > w, out.slice(0, 5).join(' ')]; })()"""


class Browser:
    """Speaks the DevTools protocol over a pipe, without a port."""

    def __init__(self, chromium, profile):
        to_r, self.to = os.pipe()
        self.back, back_w = os.pipe()
        os.set_inheritable(to_r, True)
        os.set_inheritable(back_w, True)

        def place():
            a, b = os.dup(to_r), os.dup(back_w)
            os.dup2(a, 3)
            os.dup2(b, 4)

        self.process = subprocess.Popen(
            [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe",
             "--user-data-dir=" + profile, "about:blank"],
            preexec_fn=place, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_r)
        os.close(back_w)
        self.n, self.rest, self.session, self.events = 0, b"", None, []

    def close(self):
        self.process.terminate()
        self.process.wait()

    def receive(self):
        while b"\0" not in self.rest:
            more = os.read(self.back, 1 << 20)
            if not more:
                raise SystemExit("FAILED: the browser ended")
            self.rest += more
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        self.n += 1
        message = {"id": self.n, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.n:
                if "error" in answer:
                    raise SystemExit(f"FAILED: {method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def attach(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in "Page", "Runtime", "Log", "Network":
            self.call(domain + ".enable")

    def wait(self, method):
        while not any(e.get("method") == method for e in self.events):
            self.events.append(self.receive())

    def value(self, expression):
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"]["value"]

    def open(self, path, width, media):
        self.events = []
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", **media)
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        self.wait("Page.loadEventFired")

    def complaints(self, path):
        """What the console said, and requests for anything but the page itself."""
        for event in self.events:
            params = event.get("params", {})
            if event.get("method") == "Log.entryAdded":
                yield params["entry"]["text"]
            elif event.get("method") == "Runtime.consoleAPICalled" or event.get("method") == "Runtime.exceptionThrown":
                yield json.dumps(params)[:200]
            elif event.get("method") == "Network.requestWillBeSent":
                url = params["request"]["url"]
                if url != "file://" + os.path.abspath(path) and not url.startswith("data:"):
                    yield "asked for " + url

    def shot(self, path):
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        with open(path, "wb") as f:
            f.write(base64.b64decode(data))


def theme(name):
    return {"media": "screen", "features": [{"name": "prefers-color-scheme", "value": name}]}


def check(browser, page, shots, tell):
    name = os.path.basename(page).removesuffix(".html")
    grounds = set()
    for scheme in "light", "dark":
        for device, width in WIDTHS.items():
            browser.open(page, width, theme(scheme))
            wide, what = browser.value(WIDE)
            said = list(browser.complaints(page))
            grounds.add((scheme, browser.value("getComputedStyle(document.body).backgroundColor")))
            browser.shot(f"{shots}/{name}-{device}-{scheme}.png")
            tell(not said, f"{name}, {device}, {scheme}: the console is silent", said)
            tell(not wide and not what, f"{name}, {device}, {scheme}: nothing stands out", what)
    tell(len({ground for _, ground in grounds}) == 2, f"{name}: the themes differ", grounds)
    browser.open(page, 800, {"media": "print"})
    folded = browser.value("[...document.querySelectorAll('.group:not([open]) .inside')].filter(e => "
                           "!e.checkVisibility({contentVisibilityAuto: true})).length")
    tell(folded == 0, f"{name}: on paper nothing is folded away", folded)


def main():
    chromium, shots, pages = sys.argv[1], sys.argv[2], sys.argv[3:]
    failed = []

    def tell(good, what, why):
        print(f"ok: {what}" if good else f"FAILED: {what}: {why}")
        if not good:
            failed.append(what)

    os.makedirs(shots, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        browser = Browser(chromium, profile)
        try:
            browser.attach()
            for page in pages:
                check(browser, page, shots, tell)
        finally:
            browser.close()
    sys.exit(1 if failed else 0)


main()
