"""A real browser without a screen, and what is asked of every page in it."""

import atexit
import importlib.resources
import json
import shutil
import tempfile
import time
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest

ROOT = Path(__file__).parent.parent
SHOTS = ROOT / "results" / "screenshots"
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
PROJECTOR, PHONE = (1366, 768), (390, 844)
REPLICATES, DOUBTED = 3, 8
"""Of each cell of the small kit; inputs that are moved for it, of more than a hundred."""
PATIENCE = 60
"""Seconds in which what is waited for has to come."""
NO_NETWORK = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


def needs_browser():
    """Skip the tests of a module where there is no browser to run them in."""
    pytest.importorskip("selenium", reason="selenium is not installed")
    if not (CHROMIUM and DRIVER):
        pytest.skip("no chromium and chromedriver on this machine", allow_module_level=True)


@cache
def small_kit():
    """Make a small kit of cells that are really run, once for all modules; return its path."""
    from scenarios.workshop import doubt
    from scenarios.workshop.kit import make, offer_of
    from simulation.store import Store

    folder = Path(tempfile.mkdtemp(prefix="berdaya-kit-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    offered = offer_of("Bali")._replace(
        people=("enterprise owners",),
        shocks=("none",),
        archetypes=("course",),
        selections=("first come",),
        terms=("micro equity",),
    )
    few = doubt.points()[: 1 + 2 * DOUBTED]
    with patch.object(doubt, "points", lambda: few):
        made = make(offered, REPLICATES, Store(folder / "runs"), 1, households=2000)
    assert made.failed == 0
    path = folder / "kit.html"
    path.write_text(made.html, encoding="utf-8")
    return path


@contextmanager
def opened(downloads):
    """Open a browser that reaches this machine alone, and writes what it is asked and told."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    flags = ["headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage"]
    for flag in [*flags, f"host-resolver-rules={NO_NETWORK}", "disable-background-networking"]:
        options.add_argument(f"--{flag}")
    wanted = {"download.default_directory": str(downloads), "download.prompt_for_download": False}
    options.add_experimental_option("prefs", wanted)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        yield Browser(driver, downloads)
    finally:
        driver.quit()


class Browser:
    """A browser with one page."""

    def __init__(self, driver, downloads):
        self.driver, self.downloads = driver, downloads
        self.asked = []

    def open(self, address, size=PROJECTOR):
        self.size(*size)
        self.driver.get(address)
        self.settle()

    def size(self, width, height):
        """Set the inside of the window, in CSS pixels."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait(self, script, *arguments):
        """Wait until a script returns what is true; return it."""
        end = time.monotonic() + PATIENCE
        while not (found := self.run(script, *arguments)):
            assert time.monotonic() < end, f"never true: {script}"
            time.sleep(0.05)
        return found

    def settle(self):
        """Wait until both sides and cash are all there."""
        self.wait(
            "return document.getElementById('results').getAttribute('aria-busy') === 'false'"
            " && Tradeoffs.SIDES.every((side) => Results.rowsOf(side).length === Results.most"
            " || !document.getElementById('alert').hidden)"
        )

    def speak(self, language):
        """Read the page in another language."""
        self.click(f"button[data-language={language}]")
        self.wait("return document.documentElement.lang === arguments[0]", language)

    def find(self, selector):
        return self.driver.find_element("css selector", selector)

    def texts(self, selector):
        script = "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)"
        return self.run(script, selector)

    def click(self, selector):
        self.run("document.querySelector(arguments[0]).click()", selector)

    def choose(self, selector, value):
        self.run(
            "const select = document.querySelector(arguments[0]); select.value = arguments[1];"
            "select.dispatchEvent(new Event('change'))",
            selector,
            value,
        )

    def slide(self, selector, value):
        """Move a slider as a pointer does."""
        self.run(
            "const input = document.querySelector(arguments[0]); input.value = arguments[1];"
            "input.dispatchEvent(new Event('input', {bubbles: true}))",
            selector,
            value,
        )

    def press(self, *keys):
        """Press keys wherever the focus is."""
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def shoot(self, name, size=PROJECTOR, *, whole=False):
        """Keep a picture of what is seen, or of the whole page."""
        self.size(*size)
        if whole:
            height = self.run("return document.documentElement.scrollHeight")
            self.size(size[0], height)
        self.run("return new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60)))")
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(SHOTS / f"{name}.png"))
        self.size(*size)

    def complaints(self):
        """Return what the console said that is an error or a warning."""
        said = self.driver.get_log("browser")
        return [each["message"] for each in said if each["level"] in ("SEVERE", "WARNING")]

    def requests(self):
        """Return the addresses that were asked so far, as the network's own log has them."""
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.asked.append(message["params"]["request"]["url"])
        return [each for each in self.asked if not each.startswith(("data:", "blob:"))]

    def findings(self):
        """Return what axe finds that is serious or critical: rule and the first place."""
        source = importlib.resources.files("axe_core_python") / "axe.min.js"
        # Through the debugger, as the page's own policy lets no stranger's script in.
        expression = {"expression": source.read_text(encoding="utf-8")}
        self.driver.execute_cdp_cmd("Runtime.evaluate", expression)
        found = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run(document).then((found) => done(found.violations))"
        )
        return [
            (each["id"], each["nodes"][0]["target"], each["nodes"][0]["failureSummary"])
            for each in found
            if each["impact"] in ("serious", "critical")
        ]


def note(name, **figures):
    """Keep measured figures beside the screenshots."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    (SHOTS / f"{name}.json").write_text(json.dumps(figures, indent=2), encoding="utf-8")


def unworded(browser):
    """Return names of labels that stand on the page in place of their words."""
    texts = browser.run(
        "return [...document.querySelectorAll('body *')].filter((e) => !e.children.length"
        " && !e.closest('script, style, template')).map((e) => e.textContent)"
        ".concat([...document.querySelectorAll('[aria-label]')].map((e) => e.ariaLabel))"
    )
    return [each for each in texts if each.split(".")[0] in KINDS and " " not in each.split(".")[0]]


KINDS = {"page", "indicator", "group", "unit", "people", "place", "shock", "archetype"} | {
    "selection", "instrument", "lever", "event", "life", "who", "sector", "not_modelled",
    "parameter",
}  # fmt: skip
