"""Texts that did harm elsewhere, and how to see in a page that one has become more than text."""

from playwright.sync_api import Page

TEXTS = [
    "<img src=x onerror=alert(1)>",
    "</title></textarea></style></script><script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><img src onerror=alert(1)></style></table></mtext></math>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)' autofocus onfocus=alert(1)>x</a>",
    "\"><details open ontoggle=alert(1)>",
    "' onmouseover='alert(1)' x='",
    "`${alert(1)}`{{constructor.constructor('alert(1)')()}}",
    "&lt;img src=x onerror=alert(1)&gt;&#60;img src=x onerror=alert(1)&#62;",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "<base href=//evil.test><meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href=//evil.test><style>*{display:none}</style>",
    "__proto__", "constructor", "toString", "hasOwnProperty",
    "\x1b[31mred\x1b[0m \x1b]8;;javascript:alert(1)\x07link\x1b]8;;\x07 \x1b[2J\x9b31m",
    "\u202egnp.exe\u202c \u2066\u2067\u2068 \u200f\u200e \u061c",
    "a\u2028alert(1)\u2029b",
    "a\n\ndata: {}\n\nid: 99\nevent: reset\nretry: 1\n\n",
    "a\r\rdata: {}\r\r",
    "\0\ufeff\ufffe\uffff\U0010ffff\u0301" + "\u0301" * 200,
    "\u0661\u0662 \u202e \U0001f600\u200d\U0001f469 " + "w" * 10_000,
]  # fmt: skip
"""Markup, addresses, names of everything's prototype, terminal sequences, text that turns round, ends of lines."""
STRANGE = """async () => {
  const nodes = ["SCRIPT", "IFRAME", "OBJECT", "EMBED", "BASE", "META", "LINK", "STYLE", "IMG", "FORM"];
  const addresses = ["href", "src", "action", "formaction", "xlink:href", "data"];
  const isStrange = ({ name, value }) => name.startsWith("on")
    || (["srcdoc", "style"].includes(name) && /url|</.test(value))
    || (addresses.includes(name) && /^\\s*(javascript|data:text)/i.test(value));
  const list = (page) => [...page.querySelectorAll("*")].flatMap((node) => [
    ...nodes.includes(node.tagName) ? [node.tagName] : [],
    ...[...node.attributes].filter(isStrange).map(({ name }) => name)]);
  const found = list(document);
  for (const own of list(new DOMParser().parseFromString(await (await fetch("/")).text(), "text/html"))) {
    found.splice(found.indexOf(own), 1);
  }
  return found;
}"""
"""Nodes that load or run something, and attributes that do, beyond those of the page as it was sent."""


def strange(page: Page) -> list[str]:
    """Return the nodes and attributes of the document that a text has no business to make."""
    found: list[str] = page.evaluate(STRANGE)
    return found
