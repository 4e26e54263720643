"""What every widget is held to in a browser: no complaint or foreign request, axe, a small screen, a clean leave."""

from contextlib import contextmanager
from importlib.resources import files

from playwright.sync_api import expect

PAGE_COLOUR = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 20, 23)"}
RUN_AXE = "async () => (await axe.run('.cb-frame', {resultTypes: ['violations'], preload: false})).violations"
SHOWN = "count => document.querySelectorAll('.cb-frame').length >= count"
# The work that one event causes, layout included; what a frame waits for the next refresh of the screen is left out.
LATENCY = """async ([widget, selector]) => {
    const cells = [...widget.querySelectorAll(selector)].filter((cell) => cell.offsetParent);
    const painted = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
    const times = [];
    for (let turn = 0; turn < 60; turn += 1) {
        await painted();
        const cell = cells[(turn * 7) % cells.length];
        const start = performance.now();
        cell.dispatchEvent(new PointerEvent("pointerover", {bubbles: true, pointerType: "mouse"}));
        widget.getBoundingClientRect();
        times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b);
}"""
# A stand-in for the model counts who listens to it.
MOUNT_AND_LEAVE = """async ([script, state]) => {
    const widget = (await import(URL.createObjectURL(new Blob([script], {type: "text/javascript"})))).default;
    const heard = new Set();
    const model = {
        get: (name) => state[name], set: (name, value) => { state[name] = value; }, save_changes: () => {},
        on: (names, call) => heard.add(call), off: (names, call) => heard.delete(call),
    };
    const el = document.body;
    const start = performance.now();
    const leave = [widget.initialize?.({model}) ?? (() => {}), widget.render({model, el})];
    el.getBoundingClientRect();
    const first = performance.now() - start;
    const seen = {shown: el.childElementCount, heard: heard.size};
    leave.forEach((go) => go());
    return {...seen, first, still_heard: heard.size, still_shown: el.childElementCount};
}"""


@contextmanager
def watched(browser, path, widgets=1, **options):
    """Open a page that stands in a file; at the end nothing may have complained or left the machine."""
    complaints = []
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
    page.on("console", lambda message: message.type == "error" and complaints.append(f"console: {message.text}"))
    local = ("file:", "data:", "blob:")
    page.on("request", lambda request: request.url.startswith(local) or complaints.append(f"left: {request.url}"))
    page.goto(path.as_uri())
    page.wait_for_function(SHOWN, arg=widgets)
    yield page
    context.close()
    assert not complaints, "\n".join(complaints)


def assert_accessible(page, scheme):
    """Ask axe about every widget on the page, which must wear the colour scheme and hold still."""
    page.add_script_tag(path=files("axe_playwright_python") / "axe.min.js")
    found = page.evaluate(RUN_AXE)
    assert not found, [(rule["id"], rule["nodes"][0]["html"]) for rule in found]
    frame = page.locator(".cb-frame").first
    assert frame.evaluate("frame => getComputedStyle(frame).backgroundColor") == PAGE_COLOUR[scheme]
    assert frame.evaluate("frame => frame.getAnimations({subtree: true}).length") == 0


def assert_fits_small_screen(page):
    """Nothing scrolls sideways, and fingers find cells of 40 and controls of 44 pixels."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    smallest = "all => Math.min(...all.filter(e => e.offsetParent).flatMap(e => [e.offsetWidth, e.offsetHeight]))"
    assert page.locator("[role=gridcell]").evaluate_all(smallest) >= 40
    height = "all => Math.min(...all.filter(e => e.offsetParent).map(e => e.offsetHeight))"
    controls = page.locator("select, summary, .cb-button, .cb-slider input, .cb-switch span")
    assert controls.evaluate_all(height) >= 44


def open_twin(summary):
    """Open what a click on `summary` opens; its tables are written a moment later, when the browser says it is open."""
    summary.click()
    expect(summary.locator("..").locator("td").first).to_be_visible()


def latency(root, selector="[role=gridcell]"):
    """Return the median and the 95th percentile of pointing at 60 cells, in milliseconds."""
    times = root.evaluate("(root, selector) => (" + LATENCY + ")([root, selector])", selector)
    return times[len(times) // 2], times[int(len(times) * 0.95)]


def mount_and_leave(browser, widget):
    """Draw a view and take it away; return what was heard and shown before and after."""
    page = browser.new_page()
    seen = page.evaluate(MOUNT_AND_LEAVE, [widget._esm, widget.get_state()])
    page.close()
    return seen
