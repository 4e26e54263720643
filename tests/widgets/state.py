"""What a widget stores in a notebook, and how its script may calculate."""

import json
import re

from ipywidgets.embed import embed_data

from convbp.widgets.frame import joined


def saved(widget):
    """Return the saved state of one widget as text, without the random name of its layout."""
    state = embed_data(views=[widget], drop_defaults=True)["manager_state"]["state"]
    entry = {**state[widget.model_id], "state": {**state[widget.model_id]["state"], "layout": ""}}
    return json.dumps(entry, indent=1, sort_keys=True)


def outside_of(widget, root):
    """Return the selectors of a style, beyond that of the frame, that reach more than the widgets under `root`."""
    own = widget._css.removeprefix(joined("frame.css"))
    assert own != widget._css
    depth, outside = 0, ""
    for part in re.split(r"([{}])", own):
        depth += {"{": 1, "}": -1}.get(part, 0)
        outside += part if depth == 0 and part != "}" else ""
    return re.sub(r"@keyframes cb-[a-z-]+", "", outside).replace(root, "").strip()


def statements(script):
    """Split a script where statements and blocks end or begin."""
    return [part.strip() for part in re.split(r"[;\n]|(?<![$]){|}(?=[^`])", script)]


def multiplied_in(script):
    """Return the statements in which something is multiplied."""
    return [part for part in statements(script) if re.search(r"[\w)\]]\s\*\s", part)]


def arithmetic(script):
    """Return the statements in which something is multiplied or a window's option is reckoned with."""
    words = "stride|dilation|padding|before|kernel|taps|groups"
    reckons = re.compile(rf"[\w)\]]\s\*\s|\b(?:{words})\b\s[-+*/%]\s|\s[-+*/%]\s(?:{words})\b")
    return [
        part
        for part in statements(script)
        if reckons.search(part) and "number * count(name) + optionNumber" not in part
    ]
