"""Tabs that nobody looks at cost little, and are up to date the moment that somebody does."""

from playwright.sync_api import Browser, expect

from tests.daemon import Daemon
from tests.needs import needs
from tests.web.browser import looking

pytestmark = needs("chromium")

LOOK = """(hidden) => {
  Object.defineProperty(document, 'hidden', { get: () => hidden, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""
HIDDEN, SEEN = True, False
TWO_TABS = """async () => {
  const base = document.querySelector('script[type=module]').src.replace(/main\\.js.*/, '');
  const { Hub } = await import(base + 'worker.js');
  const hub = new Hub(), seen = [], hidden = [];
  const hear = (told) => (message) => { if (message.type === 'change') told.push(message.change); };
  const ports = [{ postMessage: hear(seen) }, { postMessage: hear(hidden) }];
  ports.forEach((port) => hub.attach(port));
  hub.look(ports[1], false);
  const tell = (change) => hub._relay({ type: 'change', received: 0, change: { now: 1, ...change } });
  const tasks = [{ key: 'a', done: 1 }, { key: 'b' }, { key: 'c' }];
  tell({ revision: 1, tasks, markers: [{ task: 'c', time: 1, text: 'x' }] });
  tell({ revision: 2, tasks: [{ key: 'a', done: 2 }], removed: ['c'] });
  const before = hidden.length;
  hub.look(ports[1], true);
  ports.forEach((port) => hub.detach(port));
  return { seen: seen.length, before, hidden };
}"""
MOVED = """async () => {
  const base = document.querySelector('script[type=module]').src.replace(/main\\.js.*/, '');
  const { Hub } = await import(base + 'worker.js'), { Store } = await import(base + 'store.js');
  const hub = new Hub(), store = new Store();
  const tell = (...tasks) => hub._relay({ type: 'change', received: 0, change: { now: 1, revision: 1, tasks } });
  tell({ key: 'a', parent: null });
  tell({ key: 'b', parent: null });
  tell({ key: 'a', parent: 'b' });
  hub.attach({ postMessage: ({ type, change }) => { if (type === 'change') store.apply(change); } });
  hub.stream.stop();
  return store.key[store.parent[store.find('a')]];
}"""


def test_what_changes_reaches_a_hidden_tab_as_one(daemon: Daemon, browser: Browser) -> None:
    with looking(browser) as page:
        page.goto(daemon.url)
        told = page.evaluate(TWO_TABS)

        assert (told["seen"], told["before"]) == (2, 0)
        [change] = told["hidden"]
        assert change["revision"] == 2
        assert [(task["key"], task.get("done")) for task in change["tasks"]] == [("a", 2), ("b", None)]
        assert change["removed"] == ["c"]
        assert change["markers"] == []


def test_a_hidden_tab_s_title_goes_on_and_all_is_there_when_it_is_seen(daemon: Daemon, browser: Browser) -> None:
    daemon.post({"type": "update", "task": "job", "progress": 0.1})
    with looking(browser) as page:
        page.goto(daemon.url)
        expect(page).to_have_title("10% job – progressd")
        page.evaluate(LOOK, HIDDEN)
        daemon.post(
            {"type": "update", "task": "job", "progress": 0.5}, {"type": "marker", "task": "job", "text": "half"}
        )
        expect(page).to_have_title("50% job – progressd")
        daemon.post({"type": "update", "task": "job", "progress": 0.7})
        page.evaluate(LOOK, SEEN)
        expect(page.locator("#percent")).to_have_text("70")
        expect(page.locator("#markers li")).to_have_count(1)


def test_a_task_that_was_moved_stands_in_its_place_also_in_tabs_that_come_later(
    daemon: Daemon, browser: Browser
) -> None:
    with looking(browser) as page:
        page.goto(daemon.url)
        assert page.evaluate(MOVED) == "b"
