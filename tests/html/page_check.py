#!/usr/bin/env python3
"""A page is well-formed, small, and all by itself.

    page_check.py PAGE [TEXT...]

Every element that is opened is closed; there are no scripts, no handlers, nothing from elsewhere; links lead to what is there; the
page says each TEXT, as text. Prints what is wrong; the exit status is 1 then.
"""
import sys
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img"}
HARMLESS = {"html", "head", "meta", "link", "title", "style", "body", "main", "header", "footer", "nav", "section", "h1", "h2", "h3",
            "p", "a", "b", "i", "em", "small", "code", "span", "div", "dl", "dt", "dd", "ul", "li", "table", "thead", "tbody", "tr",
            "th", "td", "details", "summary", "figure", "figcaption", "svg", "path", "text", "rect"}
LARGEST = 400_000


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.ids, self.links, self.text = [], [], set(), set(), []

    def handle_starttag(self, tag, attrs):
        if tag not in HARMLESS:
            self.wrong.append(f"<{tag}>")
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name in ("src", "srcset", "action"):
                self.wrong.append(f"<{tag} {name}>")
            elif name == "href" and value.startswith("#"):
                self.links.add(value[1:])
            elif name == "href" and value != "data:,":
                self.wrong.append(f"a link to {value}")
            elif name == "id":
                if value in self.ids:
                    self.wrong.append(f"two elements with the id {value}")
                self.ids.add(value)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> where another element is open")

    def handle_data(self, data):
        if self.open and self.open[-1] == "style" and ("url(" in data or "@import" in data):
            self.wrong.append("a style from elsewhere")
        self.text.append(data)


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        source = f.read()
    page = Page()
    page.feed(source)
    page.close()
    wrong = page.wrong[:10]
    if page.open:
        wrong.append(f"not closed: {page.open}")
    if page.links - page.ids:
        wrong.append(f"links to nowhere: {page.links - page.ids}")
    if len(source) > LARGEST:
        wrong.append(f"{len(source)} characters")
    text = " ".join("".join(page.text).split())
    wrong += [f"does not say {want!r}" for want in sys.argv[2:] if want not in text]
    print("\n".join(wrong), end="\n" if wrong else "")
    sys.exit(1 if wrong else 0)


main()
