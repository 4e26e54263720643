// What the theme and the formulas leave open, in every page of the book.
(function () {
  "use strict";

  // A browser may break a line between a formula and the comma after it. Hold the two together.
  function holdPunctuation() {
    for (const formula of document.querySelectorAll("span.math")) {
      const after = formula.nextSibling;
      const sign = after?.nodeType === Node.TEXT_NODE && after.data.match(/^[,.;:!?)\]’”]+/)?.[0];
      if (!sign) continue;
      const together = document.createElement("span");
      together.className = "cb-together";
      formula.replaceWith(together);
      together.append(formula, sign);
      after.data = after.data.slice(sign.length);
    }
  }

  // The empty corner of a table is the head of nothing, and should not be announced as one.
  function quietCorners() {
    for (const head of document.querySelectorAll("article th")) {
      if (!head.textContent.trim() && !head.querySelector("img, svg")) head.setAttribute("role", "cell");
    }
  }

  // A formula wider than its box scrolls inside it, in a line of text as on one of its own. Only such a formula can be
  // reached by Tab, so that the keyboard can scroll it; all the others stay out of the way.
  function markIfWide(box) {
    const inLine = box.matches("span.math");
    // What is read aloud in place of a formula is hidden in its line, and may be wider than what is seen.
    const width = inLine ? (box.querySelector("mjx-math")?.getBoundingClientRect().width ?? 0) - 1 : box.scrollWidth;
    const wide = width > box.clientWidth;
    if (inLine) box.classList.toggle("cb-wide", wide);
    if (wide) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }

  // A box changes its width with the window, and when the solution around it is opened.
  function watchFormulas() {
    const widths = new ResizeObserver((entries) => entries.forEach((entry) => markIfWide(entry.target)));
    document.querySelectorAll('mjx-container[display="true"], span.math').forEach((box) => widths.observe(box));
  }

  // The arrow that opens a part of the table of contents has no name of its own.
  function nameArrows() {
    for (const arrow of document.querySelectorAll("nav.bd-links summary")) {
      const part = arrow.closest("li").querySelector("a");
      arrow.setAttribute("aria-label", `Pages of ${part.textContent.trim()}`);
    }
  }

  // Without a kernel the menus of a live cell do nothing. They appear late, so wait for them, and switch them off.
  function stillLiveCells() {
    for (const cell of document.querySelectorAll(".tag_live")) {
      const still = () => cell.querySelectorAll("select").forEach((menu) => (menu.disabled = true));
      new MutationObserver(still).observe(cell, { childList: true, subtree: true });
      still();
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    stillLiveCells();
    holdPunctuation();
    quietCorners();
    nameArrows();
  });
  window.addEventListener("load", async () => {
    await window.MathJax?.startup?.promise;
    watchFormulas();
  });
})();
