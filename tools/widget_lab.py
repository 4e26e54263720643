"""Write a page with one widget of each kind, to look at while drawing: `python tools/widget_lab.py folder`."""

import json
import shutil
import sys
from pathlib import Path

from ipywidgets import DOMWidget
from ipywidgets.embed import dependency_state, embed_data

from convbp.widgets import AffectedRegion, ChainByHand, SelfCheck, SignConvention, StepSize

VENDOR = Path(__file__).resolve().parent.parent / "book" / "static"
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Widgets</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root {{color-scheme: light dark}} body {{margin: 16px; max-width: 760px}}</style>
<script src="static/vendor/requirejs/require.js"></script>
<script src="static/widgets_offline.js"></script>
<script src="static/vendor/html-manager/embed-amd.js" data-jupyter-widgets-cdn="static/vendor/"></script>
<script type="application/vnd.jupyter.widget-state+json">{state}</script></head>
<body><main><h1>Widgets</h1>{views}</main></body></html>"""
VIEW = '<div><script type="application/vnd.jupyter.widget-view+json">{spec}</script></div>'


def write_page(folder: Path, widgets: list[DOMWidget]) -> Path:
    """Write a page that shows the widgets with the files of the book, and nothing from elsewhere."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(VENDOR, folder / "static", dirs_exist_ok=True)
    needed = dependency_state(widgets, drop_defaults=False)  # not all that this process has made
    data = embed_data(views=widgets, state=needed)
    views = "".join(VIEW.format(spec=json.dumps(spec)) for spec in data["view_specs"])
    page = folder / "index.html"
    state = json.dumps(data["manager_state"], sort_keys=True)  # as a stored notebook does
    page.write_text(PAGE.format(state=state.replace("</", "<\\/"), views=views), "utf-8")
    return page


if __name__ == "__main__":
    one = AffectedRegion(size=8, kernel=3, stride=(2, 1, 3), dilation=(1, 2, 4), padding=(0, 1, "same"))
    two = AffectedRegion(size=(6, 5), kernel=(3, 2), stride=(1, 2, 3), dilation=(1, 2), padding=(0, 1, "same"))
    print(write_page(Path(sys.argv[1]), [one, two, SelfCheck(4), ChainByHand(), SignConvention(), StepSize()]))
