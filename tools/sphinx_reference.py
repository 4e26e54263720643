"""The Sphinx directive `{offered-by}`: what `import convbp` offers from one of its modules."""

from __future__ import annotations

import inspect
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import convbp


def offered_by(module: str) -> list[str]:
    """List the functions and classes of convbp's public face that a module defines, as they stand in its source."""
    public = {name: getattr(convbp, name) for name in convbp.__all__}
    own = {name: item for name, item in public.items() if getattr(item, "__module__", None) == module}
    return sorted(own, key=lambda name: inspect.getsourcelines(own[name])[1])


class OfferedBy(SphinxDirective):
    """Document every public name of the module that the directive names."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        module = self.arguments[0]
        names = offered_by(module)
        if not names:
            raise self.error(f"offered-by must name a module with public names; got {module}")
        kinds = ["autoclass" if inspect.isclass(getattr(convbp, name)) else "autofunction" for name in names]
        lines = [f".. {kind}:: convbp.{name}" for kind, name in zip(kinds, names, strict=True)]
        return self.parse_text_to_nodes("\n".join(["```{eval-rst}", *lines, "```"]))


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("offered-by", OfferedBy)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
