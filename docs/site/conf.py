"""conf.py - how Sphinx makes the site of what scripts/site has laid out: every .md of the tree at its place, and the manual pages"""

import pathlib
import re

project = "libln"
copyright = "the libln developers"
extensions = ["myst_parser"]
root_doc = "README"
source_suffix = {".md": "markdown"}
html_static_path = ["custom.css"]
html_theme = "alabaster"
html_theme_options = {"description": "the same row gives the same bits", "page_width": "70rem", "sidebar_width": "15rem", "font_size": "1rem"}
html_copy_source = False
html_show_sphinx = False
myst_heading_anchors = 3
nitpicky = True  # with sphinx-build -W: a link that leads nowhere stops the build


def without_folders(app, name, source):
    """A link to a folder, which a forge shows, leads to its README.md here, or is text where it has none."""

    def link(match):
        path = pathlib.Path(app.srcdir, name).parent / match[2]
        return match[0] if not path.is_dir() else f"[{match[1]}]({match[2]}/README.md)" if (path / "README.md").exists() else match[1]

    source[0] = re.sub(r"(?<!!)\[([^]]*)\]\(([^):#]+)\)", link, source[0])


def setup(app):
    app.connect("source-read", without_folders)
