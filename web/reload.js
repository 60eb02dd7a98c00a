// For pages of another server, which `progressd run --reload` watches: <script src="http://localhost:8765/reload.js?task=KEY">.

(() => {
  const own = new URL(/** @type {HTMLScriptElement} */ (document.currentScript).src);
  const task = own.searchParams.get("task") ?? "", memory = `progressd reload ${own.origin} ${task}`;
  /** Seconds: the daemon beats every 5 s; at most so many between tries. */
  const SILENCE = 12, LONGEST = 5;
  /** What `seen` counts is the daemon's time, in Unix seconds; `newest` is where the stream stands, `since` what came. */
  let epoch = "", newest = "", since = "", seen = 0, failures = 0, leaving = false;
  /** @type {EventSource | undefined} */ let source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ let timer;

  function close() {
    clearTimeout(timer);
    source?.close();
  }

  function connect() {
    close();
    // A browser grants six streams to a server. Who is not looked at needs none, and catches up when it is.
    if (document.hidden || leaving) return;
    source = new EventSource(`${own.origin}/events?${new URLSearchParams({ task, since })}`, { withCredentials: true });
    source.addEventListener("beat", (event) => beat(JSON.parse(event.data)));
    source.addEventListener("change", (event) => change(JSON.parse(event.data).markers, event.lastEventId));
    source.addEventListener("reset", () => { since = newest; connect(); });
    source.addEventListener("shutdown", retry);
    source.onerror = retry;
    timer = setTimeout(retry, SILENCE * 1000);
  }

  function retry() {
    close();
    if (!epoch && !failures) console.warn(`progressd at ${own.origin} does not let this page follow ${task}: start it with --allow-origin ${location.origin}; if it has a token, log in at ${own.origin}/login.`);
    timer = setTimeout(connect, Math.min(LONGEST, 0.5 * 2 ** failures++) * 1000 * (0.5 + Math.random() / 2));
  }

  /** @param {{now: number, epoch: string, revision: number}} said */
  function beat(said) {
    clearTimeout(timer);
    timer = setTimeout(retry, SILENCE * 1000);
    failures = 0;
    newest = `${said.epoch}-${said.revision}`;
    // Of another daemon nobody knows whether it has heard what was missed.
    if (epoch && epoch !== said.epoch) reload();
    // A clock that is a little off must not have the page reload for the same change again.
    if (!epoch) seen = Math.max((performance.timeOrigin - Date.now()) / 1000 + said.now, Number(sessionStorage.getItem(memory)));
    epoch = said.epoch;
  }

  /** @param {{time: number, text: string, kind?: string}[]} markers @param {string} id */
  function change(markers, id) {
    since = id;
    const news = markers.filter((marker) => marker.kind && marker.time > seen), kinds = news.map((marker) => marker.kind);
    if (!news.length) return;
    sessionStorage.setItem(memory, String(seen = Math.max(...news.map((marker) => marker.time))));
    // A page that knows better what to do prevents the rest.
    if (!dispatchEvent(new CustomEvent("progressd-reload", { cancelable: true, detail: news }))) return;
    const restyled = !kinds.includes("style") || kinds.includes("code") || restyle();
    if (kinds.includes("code") || !restyled) reload();
    else if (kinds.includes("content")) refresh();
  }

  /** Fetch the page's style sheets anew; return whether it has any. */
  function restyle() {
    /** @type {NodeListOf<HTMLLinkElement>} */ const links = document.querySelectorAll('link[rel~="stylesheet"]:not([data-stale])');
    const ours = [...links].filter((link) => new URL(link.href).origin === location.origin);
    for (const link of ours) {
      const fresh = /** @type {HTMLLinkElement} */ (link.cloneNode());
      fresh.href = anew(link.href);
      link.dataset.stale = "";
      fresh.onload = fresh.onerror = () => link.remove(); // only then, or the page would be bare for a moment
      link.after(fresh);
    }
    return ours.length > 0;
  }

  /** Take over what the server says now, or reload: other scripts would go on with what is gone, new ones would not run. */
  async function refresh() {
    const answer = await fetch(location.href, { cache: "reload" }).catch(() => null);
    if (!answer?.ok || document.scripts.length > 1) return reload();
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    /** @param {Document} page */ const styles = (page) => [...page.querySelectorAll("style")].map((style) => style.textContent).join();
    if (fresh.scripts.length > 1 || styles(document) !== styles(fresh)) return reload();
    for (const image of fresh.images) if (new URL(image.src).origin === location.origin) image.src = anew(image.src);
    document.title = fresh.title;
    document.body.replaceWith(fresh.body);
  }

  /** @param {string} address as the browser has not fetched it before */
  function anew(address) {
    const url = new URL(address);
    url.searchParams.set("reload", String(seen));
    return url.href;
  }

  async function reload() {
    if (leaving) return;
    leaving = true;
    close();
    for (let wait = 0.1; ; wait = Math.min(LONGEST, wait * 1.5)) {
      const answer = await fetch(location.href, { method: "HEAD", cache: "no-store" }).catch(() => null);
      // A page of errors would not embed this script.
      if (answer && answer.status < 500) return void renew().then(() => location.reload());
      await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    }
  }

  /** Fetch the page and what it is made of past the browser's cache: many servers tell changes apart by whole seconds. */
  function renew() {
    const parts = /** @type {NodeListOf<HTMLLinkElement & HTMLScriptElement>} */ (document.querySelectorAll("link[href], script[src]"));
    const addresses = [location.href, ...[...parts].map((part) => part.href || part.src)];
    const ours = addresses.filter((address) => new URL(address).origin === location.origin);
    return Promise.allSettled(ours.map((address) => fetch(address, { cache: "reload" }).then((answer) => answer.blob())));
  }

  document.addEventListener("visibilitychange", connect);
  if (task) connect();
  else console.warn(`progressd: ${own.pathname} needs ?task=KEY, the task that progressd run --key KEY --reload makes.`);
})();
