"""Live: a picture that Python draws anew while a kernel runs, and that stands still, and says so, in the built book."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, Dropdown, HBox, Layout, VBox

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NOTE = "Live: the menus need a running kernel, as in JupyterLab. The built book shows the first settings."


class Live(VBox):
    """Show a picture and its numbers, with a menu for each setting that computes them anew.

    Parameters
    ----------
    picture : callable
        Takes the settings as keywords and returns a figure and one line of text with its numbers.
    **settings : sequences
        The options of each setting, the first at the start.

    Raises
    ------
    TypeError
        If `picture` cannot be called.
    ValueError
        If a setting has no options.

    Examples
    --------
    >>> from convbp import coverage, draw
    >>> def windows(stride):
    ...     counts = coverage((4, 5), 2, stride)
    ...     return draw.coverage_map(counts, (2, 2)), f"readers of the rows: {counts[0]}"
    >>> Live(windows, stride=(1, 2, 3))
    Live(windows, stride=(1, 2, 3))
    """

    def __init__(self, picture: Callable[..., tuple["Figure", str]], **settings: Any) -> None:
        if not callable(picture):
            raise TypeError(f"picture must be callable; got {type(picture).__name__}")
        for name, options in settings.items():
            if not list(options):
                raise ValueError(f"{name} must have one or more options; got {options!r}")
        self._picture, self._settings = picture, settings
        self._menus = {name: _menu(name, list(options)) for name, options in settings.items()}
        self._shown = HTML()
        wrap = Layout(flex_flow="row wrap")
        super().__init__(
            [HTML(f"<p><small>{NOTE}</small></p>"), HBox(list(self._menus.values()), layout=wrap), self._shown]
        )
        for menu in self._menus.values():
            menu.observe(lambda _: self._draw(), names="value")
        self._draw()

    @property
    def chosen(self) -> dict[str, Any]:
        """The option that each menu shows."""
        return {name: menu.value for name, menu in self._menus.items()}

    @property
    def html(self) -> str:
        """The picture and its line of text, as they are shown."""
        return str(self._shown.value)

    def choose(self, **chosen: Any) -> None:
        """Set some of the menus, as a reader does."""
        for name, value in chosen.items():
            self._menus[name].value = value

    def _draw(self) -> None:
        figure, text = self._picture(**self.chosen)
        self._shown.value = _figure_html(figure, text, self.chosen)

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={options!r}" for name, options in self._settings.items())
        return f"Live({self._picture.__name__}, {settings})"


def _menu(name: str, options: list[Any]) -> Dropdown:
    labelled = [(str(option), option) for option in options]
    layout = Layout(width="auto", margin="0 16px 8px 0")
    return Dropdown(options=labelled, description=name, style={"description_width": "initial"}, layout=layout)


def _figure_html(figure: "Figure", text: str, chosen: Mapping[str, Any]) -> str:
    """Write a figure and its text; the bytes are the same for the same picture, whatever drew it and when."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight", metadata={"Software": None})
    source = f"data:image/png;base64,{b64encode(buffer.getvalue()).decode()}"
    settings = ", ".join(f"{name} {value}" for name, value in chosen.items())
    alt = f"Picture for {settings}. Its numbers stand below."
    return f'<img src="{source}" alt="{escape(alt)}" style="max-width: 100%; height: auto"><p>{escape(text)}</p>'
