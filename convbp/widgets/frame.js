// The frame that all widgets of the book share: elements, grids of cells that are one tab stop each, labelled controls.

function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

function drawn(tag, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Every pair, triple … of one entry from each list, the last list fastest: the reading order of a grid.
function everyCell(lists) {
  return lists.reduce((starts, list) => starts.flatMap((start) => list.map((entry) => [...start, entry])), [[]]);
}

// A packed list of lists, as Python wrote it.
function unpack(text) {
  return text ? text.split(";").map((row) => (row ? row.split(" ").map(Number) : [])) : [];
}

function signed(value) {
  return String(value).replaceAll("-", "−");
}

// A grid of `count` cells in rows of `columns`. `act` is told what the reader does: hover(cell or null), focus(cell or null),
// pin(cell), unpin(). Arrows, Home and End move, Enter and Space pin, Escape unpins.
class CellGrid {
  constructor(label, count, columns, act) {
    this.columns = columns;
    this.cells = Array.from({ length: count }, (_, number) => this.cell(number));
    this.root = element("div", { role: "grid", "aria-label": label, class: "cb-grid" });
    for (let start = 0; start < count; start += columns) {
      this.root.append(element("div", { role: "row", class: "cb-row" }, ...this.cells.slice(start, start + columns)));
    }
    if (count) this.enter(0);
    this.listen(act);
  }

  cell(number) {
    const parts = ["name", "value", "tag"].map((part) => element("span", { class: "cb-" + part }));
    const made = element("div", { role: "gridcell", class: "cb-cell", tabindex: -1 }, element("div", { class: "cb-box" }, ...parts));
    made.number = number;
    [made.box, made.parts] = [made.firstChild, parts];
    return made;
  }

  // Make one cell the grid's tab stop.
  enter(number) {
    this.stop?.setAttribute("tabindex", -1);
    this.stop = this.cells[number];
    this.stop.setAttribute("tabindex", 0);
  }

  listen(act) {
    const cellOf = (event) => event.target.closest("[role=gridcell]")?.number;
    // A finger does not hover; and a mouse that stays in a cell does not point at it anew.
    const point = (event, cell) => {
      if (event.pointerType === "touch" || this.over === cell) return;
      this.over = cell;
      act.hover(cell);
    };
    this.root.addEventListener("pointerover", (event) => point(event, cellOf(event) ?? null));
    this.root.addEventListener("pointerleave", (event) => point(event, null));
    this.scrub(act);
    this.root.addEventListener("focusin", (event) => {
      this.enter(cellOf(event));
      act.focus(cellOf(event));
    });
    this.root.addEventListener("focusout", () => act.focus(null));
    this.root.addEventListener("click", (event) => cellOf(event) !== undefined && act.pin(cellOf(event)));
    this.root.addEventListener("keydown", (event) => this.press(event, act));
  }

  // A finger that moves sideways points at what it passes, and pins where it is lifted.
  scrub(act) {
    const under = (event) => document.elementFromPoint(event.clientX, event.clientY)?.closest("[role=gridcell]");
    let last = null;
    this.root.addEventListener("pointermove", (event) => {
      const cell = under(event);
      if (event.pointerType !== "touch" || !this.cells.includes(cell) || cell.number === last) return;
      if (last !== null || event.target.closest("[role=gridcell]") !== cell) act.hover((last = cell.number));
    });
    this.root.addEventListener("pointerup", () => {
      if (last !== null && this.cells[last].getAttribute("aria-selected") !== "true") act.pin(last);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      this.root.addEventListener(end, () => {
        if (last !== null) act.hover((last = null));
      });
    }
  }

  press(event, act) {
    const here = this.stop.number;
    const [left, last] = [here % this.columns, this.cells.length - 1];
    const start = here - left;
    const whole = event.ctrlKey || event.metaKey;
    const targets = {
      ArrowLeft: left > 0 ? here - 1 : here,
      ArrowRight: left < this.columns - 1 ? here + 1 : here,
      ArrowUp: here - this.columns,
      ArrowDown: here + this.columns,
      Home: whole ? 0 : start,
      End: whole ? last : start + this.columns - 1,
    };
    if (event.key in targets) {
      this.cells[targets[event.key]]?.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      act.pin(here);
    } else if (event.key === "Escape") {
      act.unpin();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  // Show `look` = {role, name, value, tag, tagRole, state, says, pinned …} in a cell; nothing is touched that stays the same.
  paint(number, look) {
    const cell = this.cells[number];
    const key = Object.values(look).join("|");
    if (cell.key === key) return;
    cell.key = key;
    cell.box.className = `cb-box cb-is-${look.role} cb-${look.state}`;
    [look.name, look.value, look.tag].forEach((text, part) => {
      if (cell.parts[part].textContent !== text) cell.parts[part].textContent = text;
    });
    cell.parts[2].className = `cb-tag cb-is-${look.tagRole}`;
    cell.setAttribute("aria-label", look.says);
    cell.setAttribute("aria-selected", look.pinned);
  }
}

// The frame of a widget: a question, the picture, what is said about it, the controls, and the picture in writing. `write()`
// returns the nodes of the written twin; it is asked only while the twin stands open.
class Frame {
  constructor(el, { question, hint, twin, write }) {
    for (const part of ["picture", "side", "strip", "controls", "written"]) this[part] = element("div", { class: "cb-" + part });
    this.strip.setAttribute("aria-hidden", "true");
    this.general = element("p", { class: "cb-general" });
    this.says = element("p", { class: "cb-says", "aria-live": "polite" });
    this.side.append(this.strip, this.general, this.says);
    this.make = write;
    this.twin = element("details", { class: "cb-twin" }, element("summary", {}, twin), this.written);
    this.twin.addEventListener("toggle", () => this.write());
    const heads = [element("p", { class: "cb-title" }, question), element("p", { class: "cb-hint" }, hint)];
    this.root = element("div", { class: "cb-frame", role: "group", "aria-label": question }, ...heads, this.picture, this.side, this.controls, this.twin);
    el.classList.add("cb-widget");
    el.setAttribute("data-lm-suppress-shortcuts", "true");
    el.append(this.root);
    const { picture } = this;
    new ResizeObserver(() => picture.toggleAttribute("data-wide", picture.scrollWidth > picture.clientWidth)).observe(picture);
  }

  write() {
    if (this.twin.open) this.written.replaceChildren(...this.make());
  }
}

// What anywidget asks for: draw a view, tell it what has changed, take it away again. `reactions` maps names of traits to a
// method of the view, as in {"tables stride": "draw", selection: "settle"}; `scope` is the class under which the style holds.
function rendered(scope, View, reactions) {
  return ({ model, el }) => {
    el.classList.add(scope);
    const view = new View(model, el);
    const calls = Object.entries(reactions).map(([names, method]) => [names.replaceAll(/\S+/g, "change:$&"), () => view[method]()]);
    for (const [names, call] of calls) model.on(names, call);
    return () => {
      for (const [names, call] of calls) model.off(names, call);
      view.leave?.();
      el.replaceChildren();
    };
  };
}

// A labelled choice; `choose` receives the number of the option.
function choice(label, options, choose) {
  const select = element("select", {}, ...options.map((text) => element("option", {}, text)));
  select.addEventListener("change", () => choose(select.selectedIndex));
  return [select, element("label", { class: "cb-choice" }, element("span", {}, label), select)];
}

// Steps that one can go forward and back: first, back, "step n / N" and next, last. The keys [ and ] step from anywhere in `root`.
class Stepper {
  constructor(root, count, show, word = "step") {
    Object.assign(this, { count, show, word, step: 0 });
    this.label = element("span", { class: "cb-step" });
    const moves = [
      ["|◀", `first ${word}`, () => 0],
      ["◀", `one ${word} back`, () => this.step - 1],
      ["▶", `one ${word} on`, () => this.step + 1],
      ["▶|", `last ${word}`, () => this.count - 1],
    ];
    this.buttons = moves.map(([sign, says, to]) => button(sign, () => this.go(to()), says));
    const [first, back, on, last] = this.buttons;
    this.root = element("div", { class: "cb-stepper", role: "group", "aria-label": `${word}s` }, first, back, this.label, on, last);
    root.addEventListener("keydown", (event) => {
      if (!"[]".includes(event.key) || event.target.matches("input")) return;
      this.go(this.step + (event.key === "]" ? 1 : -1));
      event.preventDefault();
      event.stopPropagation();
    });
    this.mark();
  }

  go(step) {
    if (step === this.step || step < 0 || step >= this.count) return;
    this.step = step;
    this.mark();
    this.show(step);
  }

  // A button at its end stays in the tab order, so that the focus is not lost there.
  mark() {
    this.label.textContent = `${this.word} ${this.step + 1} / ${this.count}`;
    this.buttons.forEach((made, number) => made.setAttribute("aria-disabled", number < 2 ? this.step === 0 : this.step === this.count - 1));
  }
}

function button(text, press, says = text) {
  const made = element("button", { type: "button", class: "cb-button", "aria-label": says }, text);
  made.addEventListener("click", press);
  return made;
}

// One of a few, all of them in sight: radio buttons that look like tabs. `choose` receives the number of the option.
class Switch {
  constructor(label, options, choose) {
    const group = `cb-${Math.random().toString(36).slice(2)}`;
    this.inputs = options.map((_, number) => {
      const input = element("input", { type: "radio", name: group });
      input.addEventListener("change", () => choose(number));
      return input;
    });
    const tabs = options.map((text, number) => element("label", {}, this.inputs[number], element("span", {}, text)));
    this.root = element("fieldset", { class: "cb-switch" }, element("legend", {}, label), ...tabs);
    this.show(0);
  }

  show(number) {
    this.inputs[number].checked = true;
  }
}

// A labelled slider over a list of texts; `choose` receives the number of the text.
class Slider {
  constructor(label, texts, choose) {
    this.texts = texts;
    this.shown = element("output", {});
    this.input = element("input", { type: "range", min: 0, max: texts.length - 1, step: 1 });
    this.input.addEventListener("input", () => {
      this.show(Number(this.input.value));
      choose(Number(this.input.value));
    });
    this.root = element("label", { class: "cb-slider" }, element("span", {}, label), this.input, this.shown);
    this.show(0);
  }

  show(number) {
    this.input.value = number;
    this.shown.textContent = this.texts[number];
    this.input.setAttribute("aria-valuetext", this.texts[number]);
  }
}

// A question to answer in the head before one looks.
function guess(question, answer) {
  return element("details", { class: "cb-guess" }, element("summary", {}, "Guess first: " + question), element("p", {}, answer));
}

// A chip of an equation, with the hue and border of its role.
function chip(role, text) {
  return element("span", { class: `cb-chip cb-is-${role}` }, text);
}

// A table with one head row, for the written twin of a picture.
function writtenTable(caption, heads, rows) {
  const line = (tag, texts, more) => element("tr", {}, ...texts.map((text) => element(tag, more, text)));
  return element(
    "table",
    {},
    element("caption", {}, caption),
    element("thead", {}, line("th", heads, { scope: "col" })),
    element("tbody", {}, ...rows.map((texts) => line("td", texts, {}))),
  );
}
