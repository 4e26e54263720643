// Loaded between require.js and the widget manager, on pages with widgets only.
(function () {
  "use strict";

  // Paths are taken from this script's own address, so that nested pages and file:// work, and nothing is asked of another site.
  const vendor = new URL("vendor/", document.currentScript.src);
  const manager = new URL("html-manager", vendor).href;
  window.requirejs.config({
    paths: {
      anywidget: new URL("anywidget/index", vendor).href,
      // The manager and its widgets look for their fonts beside the place where they believe they were loaded from.
      "@jupyter-widgets": manager,
      "@jupyter-widgets/html-manager/dist": manager,
    },
  });

  // anywidget gives a widget two seconds to start and then calls it broken. A slow phone needs longer, and gets a minute.
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (milliseconds) => timeout(Math.max(milliseconds, 60000));

  // The widget manager speaks to MathJax 2. MathJax 3 replaces its global object while it loads, hence the wait.
  document.addEventListener("DOMContentLoaded", () => {
    if (!window.MathJax) return;
    window.MathJax.Hub = {
      Queue(call) {
        const element = call[2];
        window.MathJax.startup.promise.then(() => window.MathJax.typesetPromise([element]));
      },
    };
  });
})();
