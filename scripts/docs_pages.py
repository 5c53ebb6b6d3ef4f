"""What the documents of this repository are made of: headings, links, blocks of code. Imported, not run.

Documents are GitHub-flavoured Markdown that reads well on a plain Git host, with relative links.
"""
import dataclasses
import pathlib
import posixpath
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent

FENCE = re.compile(r"^( *)(`{3,}|~{3,})[ \t]*([^\n`]*)$")
HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*#*$")
# A target in brackets may hold one pair of brackets itself: `counter/[page].wasm` in a link has none.
LINK = re.compile(r"\]\(\s*(<[^<>\n]*>|[^\s()<>]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+\"[^\"]*\")?\s*\)")
DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]+\]:[ \t]+(\S+)", re.MULTILINE)
ATTRIBUTE = re.compile(r"<(?:a|img|source)\b[^>]*?\b(?:href|src|srcset)=\"([^\"]*)\"")
AUTOLINK = re.compile(r"<((?:https?|mailto):[^\s<>]*)>")
CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Block:
    """A fenced block of code: its word after the fence, its text, the lines it stands on (from 1, fences included)."""
    language: str
    text: str
    first: int
    last: int


@dataclasses.dataclass(frozen=True)
class Link:
    """A target as written, and where it stands: [begin, end) in the text, and its line."""
    target: str
    begin: int
    end: int
    line: int


def documents():
    """Every Markdown file of the repository, as paths from its root."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=ROOT, check=True,
                            capture_output=True, text=True).stdout
    return sorted(name for name in listed.splitlines() if (ROOT / name).is_file())


def blocks(text):
    found, lines, opened = [], text.split("\n"), None
    for number, line in enumerate(lines, 1):
        fence = FENCE.match(line)
        if opened is None:
            if fence:
                opened = (number, fence)
        elif fence and fence[2].startswith(opened[1][2]) and not fence[3]:
            first, opening = opened
            inner = [text_line.removeprefix(opening[1]) for text_line in lines[first:number - 1]]
            found.append(Block(opening[3].strip(), "".join(f"{text_line}\n" for text_line in inner), first, number))
            opened = None
    if opened is not None:
        raise ValueError(f"line {opened[0]}: a block of code that does not end")
    return found


def blank(text):
    return re.sub(r"[^\n]", "\0", text)


def without_code(text):
    """The text with code and comments blanked out: every other character stays in its place."""
    lines = text.split("\n")
    for block in blocks(text):
        for number in range(block.first - 1, block.last):
            lines[number] = blank(lines[number])
    text = "\n".join(lines)
    for pattern in (COMMENT, CODE_SPAN):
        text = pattern.sub(lambda match: blank(match[0]), text)
    return text


def links(text):
    masked, found = without_code(text), []
    for pattern in (LINK, DEFINITION, ATTRIBUTE, AUTOLINK):
        for match in pattern.finditer(masked):
            begin, end = match.span(1)
            if text[begin:begin + 1] == "<":
                begin, end = begin + 1, end - 1
            found.append(Link(text[begin:end], begin, end, text.count("\n", 0, begin) + 1))
    return sorted(found, key=lambda link: link.begin)


def slug(heading, taken):
    """The anchor that GitHub and its kin give a heading; `taken` counts those of one document."""
    plain = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    plain = re.sub(r"[^\w\- ]", "", plain.replace("`", "").strip().lower()).replace(" ", "-")
    seen = taken.get(plain, 0)
    taken[plain] = seen + 1
    return f"{plain}-{seen}" if seen else plain


def headings(text):
    """(line from 1, level, text, anchor) of each."""
    covered = set()
    for block in blocks(text):
        covered.update(range(block.first, block.last + 1))
    found, taken = [], {}
    for number, line in enumerate(text.split("\n"), 1):
        match = HEADING.match(line)
        if match and number not in covered:
            found.append((number, len(match[1]), match[2], slug(match[2], taken)))
    return found


def title(text):
    for _, level, words, _ in headings(text):
        if level == 1:
            return words.replace("`", "")
    raise ValueError("no heading of the first level")


def is_external(target):
    return re.match(r"[a-z][a-z0-9+.-]*:", target) is not None


def resolve(document, target):
    """Where a relative link in a document leads: (path from the root, anchor)."""
    path, _, anchor = target.partition("#")
    if not path:
        return document, anchor
    return posixpath.normpath(posixpath.join(posixpath.dirname(document), path)), anchor


def project():
    """The lines of packaging/project.env."""
    values = {}
    for line in (ROOT / "packaging/project.env").read_text().splitlines():
        match = re.fullmatch(r'(WWS_[A-Z_]+)="([^"$`\\]*)"', line)
        if match:
            values[match[1]] = match[2]
    return values


def version():
    return re.search(r"project\(wws VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
