"""Lets the pages of docs/ link to any file of the repository, as they do when they are read there.

The site holds each file that is linked to as a page of its own, so it needs no other server, and shows
the very version it describes. A link to a file that is not there stops the build, and so does a
snippet under <!-- from FILE --> that is not in that file word for word; the README is the site's first
page.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parent.parent
PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
LINK = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?\)")
SNIPPET = re.compile(r"<!-- from (\S+) -->\n```\w*\n(.*?)```", re.DOTALL)
LANGUAGES = {"": "bash", ".yaml": "yaml", ".java": "java", ".py": "python", ".ipynb": "json"}


def place(path):
    """Where on the site a file of the repository is."""
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    return PAGES.get(path, f"source/{path.removesuffix('.md')}.md")


def target(path, link):
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), link[1]))


def page_of(path):
    """A file as Markdown: its own, or the file within a frame."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.endswith(".md"):
        return text
    language = LANGUAGES.get(posixpath.splitext(path)[1], "text")
    title = posixpath.basename(path)
    return f"---\nsearch: {{exclude: true}}\n---\n# {title}\n\n`{path}`\n\n````{language}\n{text}\n````\n"


def on_files(files, config):
    ahead = [*PAGES, *(f"docs/{file.src_uri}" for file in files.documentation_pages())]
    origins = {}
    for path in ahead:  # which grows as files are found that link to others
        if place(path) in origins or path.endswith((".png", ".svg")):  # MkDocs looks for pictures
            continue
        origins[place(path)] = path
        if not (ROOT / path).is_file():
            raise SystemExit(f"docs: a page links to {path}, which is no file of the repository")
        if path.endswith(".md"):
            ahead += (target(path, link) for link in LINK.finditer(page_of(path)))
            for snippet in SNIPPET.finditer(page_of(path)):
                if snippet[2] not in (ROOT / snippet[1]).read_text(encoding="utf-8"):
                    raise SystemExit(
                        f"docs: {snippet[1]} no longer has this snippet of {path}:\n{snippet[2]}"
                    )
        if not path.startswith("docs/"):
            files.append(File.generated(config, place(path), content=page_of(path)))
    config.extra["origins"] = origins
    return files


def on_page_markdown(markdown, page, config, **_):
    path = config.extra["origins"][page.file.src_uri]
    if not path.endswith(".md"):
        return markdown

    def moved(link):
        start = posixpath.dirname(page.file.src_uri) or "."
        return f"]({posixpath.relpath(place(target(path, link)), start)}{link[2] or ''})"

    return LINK.sub(moved, markdown)
