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
    this.root.addEventListener("focusin", (event) => {
      this.enter(cellOf(event));
      act.focus(cellOf(event));
    });
    this.root.addEventListener("focusout", () => act.focus(null));
    this.root.addEventListener("click", (event) => cellOf(event) !== undefined && act.pin(cellOf(event)));
    this.root.addEventListener("keydown", (event) => this.press(event, act));
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

// A labelled choice; `choose` receives the number of the option.
function choice(label, options, choose) {
  const select = element("select", {}, ...options.map((text) => element("option", {}, text)));
  select.addEventListener("change", () => choose(select.selectedIndex));
  return [select, element("label", { class: "cb-choice" }, element("span", {}, label), select)];
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
