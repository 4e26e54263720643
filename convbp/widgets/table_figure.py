"""What widgets with options share: a table for every combination of the options, made again when a number is set."""

from itertools import product
from typing import Any

import anywidget
import traitlets

from convbp.widgets.inputs import listed


def _packed(tables: list[Any], _: object) -> list[Any]:
    return [table.packed() for table in tables]


class TableFigure(anywidget.AnyWidget):
    """Show one of several tables: Python computes them all at once, and the page chooses without Python.

    A subclass has a trait `Option` for each of its options, a trait for each array, and `make_table`. A table is an
    object whose `packed()` gives what the page is sent.
    """

    tables: Any = traitlets.List().tag(sync=True, to_json=_packed)
    options = traitlets.Dict().tag(sync=True)
    option_names: Any = traitlets.List().tag(sync=True)  # a stored notebook sorts the keys of a dictionary
    selection = traitlets.Dict().tag(sync=True)

    def __init__(self, options: dict[str, tuple[Any, ...]], arrays: dict[str, Any], **others: Any) -> None:
        self._offered = options
        super().__init__(
            tables=self._every_table(arrays),
            options={name: listed(choices) for name, choices in options.items()},
            option_names=list(options),
            **arrays,
            **{name: choices[0] for name, choices in options.items()},
            **others,
        )
        self._arrays = tuple(arrays)
        if options:
            self.observe(self._let_go, names=list(options))
        if arrays:
            self.observe(self._recompute, names=list(arrays))

    def make_table(self, arrays: dict[str, Any], chosen: dict[str, Any]) -> Any:
        """Ask the library for everything that one combination of the options shows."""
        raise NotImplementedError

    def has_selected(self, selection: dict[str, Any]) -> bool:
        """Tell whether the present table has the selected cell."""
        raise NotImplementedError

    @property
    def table(self) -> Any:
        """The table of the options that are shown."""
        number = 0
        for name, choices in self._offered.items():
            number = number * len(choices) + self.options[name].index(listed(getattr(self, name)))
        return self.tables[number]

    def _every_table(self, arrays: dict[str, Any]) -> list[Any]:
        settings = product(*self._offered.values())
        return [self.make_table(arrays, dict(zip(self._offered, setting, strict=True))) for setting in settings]

    def _recompute(self, change: Any) -> None:
        try:
            self.tables = self._every_table({name: getattr(self, name) for name in self._arrays})
        except ValueError:
            setattr(self, change["name"], change["old"])  # a figure never shows numbers that are not its own
            raise
        self._let_go(change)

    def _let_go(self, _: Any) -> None:
        if self.selection and not self.has_selected(self.selection):
            self.selection = {}
