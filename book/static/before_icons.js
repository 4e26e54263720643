// The icon script must not watch the page: it would replace the elements of a widget's buttons while the widget still holds them.
window.FontAwesomeConfig = { observeMutations: false };
