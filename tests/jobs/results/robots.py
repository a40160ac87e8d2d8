"""What opens a link before a person does: scanners of mail, previewers of chats, browsers ahead.

Each is named for the real one, and asks as that one does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.http import HttpResponseBase
from django.test import Client

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/26.0 Safari"
IMESSAGE = f"{SAFARI} facebookexternalhit/1.1 Facebot Twitterbot/1.0"
EVERYTHING = 50  # of the addresses on a page, and on the pages behind these


@dataclass(frozen=True)
class Robot:
    """One of them: what it asks the link for, and whether it goes on from there."""

    name: str
    agent: str
    methods: tuple[str, ...] = ("GET",)
    headers: dict[str, str] = field(default_factory=dict)
    depth: int = 0  # how many links behind the first one it follows
    with_forms: bool = False  # by GET, what a form would POST to

    def visit(self, browser: Client, address: str) -> list[HttpResponseBase]:
        """Ask as it does; all answers."""
        seen: dict[str, list[HttpResponseBase]] = {}
        self._visit(browser, address, self.depth, seen)
        return [answer for answers in seen.values() for answer in answers]

    def _visit(
        self, browser: Client, address: str, depth: int, seen: dict[str, list[HttpResponseBase]]
    ) -> None:
        if address in seen or len(seen) > EVERYTHING:
            return
        headers = {"User-Agent": self.agent} | self.headers
        seen[address] = [
            browser.generic(method, address, headers=headers) for method in self.methods
        ]
        if depth:
            for onwards in _addresses(seen[address][-1], address, with_forms=self.with_forms):
                self._visit(browser, onwards, depth - 1, seen)


class _Addresses(HTMLParser):
    NAMES = {"href", "src", "data-live", "srcset", "poster", "data"}

    def __init__(self, html: str, *, with_forms: bool) -> None:
        super().__init__()
        self.names = self.NAMES | ({"action", "formaction"} if with_forms else set())
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in self.names and value]


def _addresses(answer: HttpResponseBase, base: str, *, with_forms: bool) -> list[str]:
    """Where the page leads to, on this site."""
    if "Location" in answer:
        found = [answer["Location"]]
    else:
        html = b"".join(answer).decode(errors="replace")
        found = _Addresses(html, with_forms=with_forms).found
    joined = [urljoin(f"http://testserver{base}", address) for address in found]
    return [urlsplit(one).path for one in joined if urlsplit(one).netloc == "testserver"]


ROBOTS = [
    Robot("Outlook Safe Links", f"{CHROME} Edg/156.0", ("HEAD", "GET")),
    Robot("Defender's sandbox", f"{CHROME} Edg/156.0", depth=2, with_forms=True),
    Robot("Proofpoint URL Defense", CHROME, ("HEAD", "GET", "GET"), depth=1),
    Robot("Mimecast", CHROME, ("GET", "GET"), {"Accept": "*/*"}, depth=1, with_forms=True),
    Robot("Barracuda", "Mozilla/5.0 (compatible; BarracudaCentral)", ("HEAD", "GET"), depth=2),
    Robot("Gmail's image proxy", "Mozilla/5.0 (via ggpht.com GoogleImageProxy)",
          headers={"Accept": "image/avif,image/webp,image/*,*/*;q=0.8"}),
    Robot("Slack", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
          headers={"Range": "bytes=0-32768", "Accept": "*/*"}),
    Robot("Teams", "Mozilla/5.0 SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com"),
    Robot("WhatsApp", "WhatsApp/2.26.1 N"),
    Robot("Facebook", "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
          headers={"Range": "bytes=0-524287"}),
    Robot("iMessage", IMESSAGE, depth=1),
    Robot("Telegram", "TelegramBot (like TwitterBot)"),
    Robot("Discord", "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)"),
    Robot("LinkedIn", "LinkedInBot/1.0 (compatible; Mozilla/5.0)", ("HEAD", "GET")),
    Robot("Chrome, prefetching", CHROME, headers={"Purpose": "prefetch"}),
    Robot("Chrome, prerendering", CHROME, depth=1,
          headers={"Purpose": "prefetch", "Sec-Purpose": "prefetch;prerender"}),
    Robot("Firefox, prefetching", FIREFOX, headers={"X-Moz": "prefetch"}),
    Robot("Safari's top hit", SAFARI, headers={"X-Purpose": "preview", "Purpose": "preview"}),
    Robot("Office, before it opens a link", "Microsoft Office Protocol Discovery",
          ("OPTIONS", "HEAD", "PROPFIND", "GET")),
    Robot("Googlebot", "Mozilla/5.0 (compatible; Googlebot/2.1)", depth=3, with_forms=True),
    Robot("A virus scanner's web shield", CHROME, ("GET",), {"Range": "bytes=0-0"}, 1, True),
    Robot("A download manager that looks ahead", "Wget/1.25.0", ("HEAD", "GET"),
          {"Range": "bytes=1000-"}, 1, True),
    Robot("curl -I", "curl/8.16.0", ("HEAD",), {"Accept": "*/*"}, 1, True),
    Robot("A link checker", "LinkChecker/10.6", ("HEAD", "GET", "OPTIONS", "TRACE"), {}, 2, True),
]  # fmt: skip
