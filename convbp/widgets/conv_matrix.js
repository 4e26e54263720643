// The view of ConvMatrix: the filter, a vector above the matrix, the matrix, and the vector beside it that it makes.

const CHANGES = "tables stride dilation padding transpose";
const LONG = { x: "x, the input", dx: "dx, the gradient of the input", y: "y, the output", dy: "dy, the gradient of the output" };
const GENERAL = {
  false: "y = A x. A row of A is a window, a column holds all uses of a cell, a weight stands on a diagonal.",
  true: "dx = Aᵀ dy. The columns of A are the rows of Aᵀ: what a cell was used for is what it is blamed for.",
};

class View {
  constructor(model, el) {
    this.model = model;
    this.hover = this.focus = null;
    this.frame = new Frame(el, {
      question: "What does the matrix of a convolution look like?",
      hint: "Point at an entry, at a weight, or at a cell beside the matrix. A click or Enter pins it, Esc lets it go.",
      twin: "The matrix and all its sums, written out",
      write: () => this.written(),
    });
    this.turn = new Switch("Forward or backward", ["y = A x", "dx = Aᵀ dy"], (number) => {
      model.set("transpose", number === 1);
      model.save_changes();
    });
    this.frame.controls.append(this.turn.root);
    this.options = new OptionControls(model, this.frame.controls);
    this.frame.twin.before(guess("a stride of 3 keeps every third row of the matrix. Can a column lose all its entries?", "Yes: a cell that only left out rows read has an empty column, and so no gradient. Choose a larger stride and look for ∅."));
    this.draw();
  }

  draw() {
    this.options.show();
    this.transpose = this.model.get("transpose");
    this.turn.show(this.transpose ? 1 : 0);
    this.matrix = readMatrix(chosenTable(this.model));
    this.hover = this.focus = null;
    const { cells, taps } = this.matrix;
    [this.grids, this.captions] = [{}, {}];
    const [top, side] = this.transpose ? ["y", "x"] : ["x", "y"];
    const filter = this.figure("w", cells.axes.w.at(-1).length);
    const parts = taps.length ? [this.figure(top, this.count(top)), element("span"), this.makeEntries(), this.figure(side, 1)] : [this.figure("x", this.count("x")), element("p", { class: "cb-empty" }, cells.empty)];
    parts.forEach((part, number) => part.classList.add(`cb-part-${number}`));
    this.frame.picture.classList.add("cb-matrix");
    this.frame.picture.replaceChildren(filter, element("div", { class: taps.length ? "cb-product" : "" }, ...parts));
    this.leaveGaps(top, side);
    this.paint();
    this.frame.write();
  }

  count(array) {
    return array === "x" ? this.matrix.columns.length : this.matrix.cells.names[array].length;
  }

  // The cell of the table behind a place in a grid: padding has no column.
  cellAt(array, place) {
    return array === "x" ? this.matrix.columns[place] : place;
  }

  figure(array, columns) {
    const kind = Object.keys(GRIDS).find((name) => GRIDS[name] === array);
    const label = array === "w" ? "w, the filter" : LONG[(this.transpose ? "d" : "") + array];
    this.grids[array] = new CellGrid(label, this.count(array), columns, this.acts((place) => ({ kind, cell: this.cellAt(array, place) })));
    this.captions[array] = element("p", { class: "cb-caption" });
    return element("div", { class: `cb-figure-${array}` }, this.captions[array], this.grids[array].root);
  }

  makeEntries() {
    const { taps, columns, cells } = this.matrix;
    const wide = this.transpose ? taps.length : columns.length;
    const [rows, across] = [[...taps.keys()], [...columns.keys()]];
    this.places = this.transpose ? everyCell([across, rows]).map(([column, row]) => [row, column]) : everyCell([rows, across]);
    const label = `${this.transpose ? "Aᵀ" : "A"}, the matrix`;
    this.entries = new CellGrid(label, this.places.length, wide, this.acts((place) => ({ kind: "entry", cell: this.places[place] })));
    return element("div", {}, this.entries.root);
  }

  acts(targetOf) {
    const preview = (way) => (place) => {
      this[way] = place === null ? null : targetOf(place);
      this.paint();
    };
    const pin = (place) => {
      const target = targetOf(place);
      const again = JSON.stringify(this.pinned()) === JSON.stringify(target);
      const index = target.kind === "entry" ? target.cell : everyCell(this.matrix.cells.axes[GRIDS[target.kind]])[target.cell];
      this.select(again ? {} : { kind: target.kind, index });
    };
    return { hover: preview("hover"), focus: preview("focus"), pin, unpin: () => this.select({}) };
  }

  // A mark where the matrix for stride 1 has rows that this one leaves out.
  leaveGaps(top, side) {
    const { left, taps } = this.matrix;
    if (!taps.length) return;
    const lines = this.transpose ? [] : [this.entries.root, this.grids[side].root];
    for (const [number, count] of left.entries()) {
      if (!count) continue;
      const text = this.transpose ? String(count) : `${count} ${count === 1 ? "row" : "rows"} left out`;
      for (const root of lines) {
        const row = root.children[number] ?? root.lastChild;
        row.setAttribute(root.children[number] ? "data-before" : "data-after", root === this.entries.root ? text : "");
      }
      if (!this.transpose) continue;
      const cells = [...this.entries.cells, ...this.grids[top].cells];
      for (const cell of cells.filter((found) => [...found.parentElement.children].indexOf(found) === number)) cell.toggleAttribute("data-gap", true);
    }
  }

  pinned() {
    const { kind, index } = this.model.get("selection");
    if (!kind) return null;
    if (kind === "entry") return this.matrix.taps[index[0]]?.[index[1]] === undefined ? null : { kind, cell: index };
    const cell = everyCell(this.matrix.cells.axes[GRIDS[kind]]).findIndex((found) => found.join() === index.join());
    return cell < 0 ? null : { kind, cell };
  }

  select(selection) {
    this.model.set("selection", selection);
    this.model.save_changes();
    this.settle();
  }

  settle() {
    this.hover = this.focus = null;
    this.paint();
  }

  paint() {
    const pinned = this.pinned();
    const target = this.hover ?? this.focus ?? pinned;
    const pointed = target && pointMatrix(this.matrix, target.kind, target.cell, this.transpose);
    const lit = { x: new Set(), w: new Set(), y: new Set() };
    for (const use of pointed?.uses ?? []) for (const array of ["x", "w", "y"]) lit[array].add(use[array]);
    if (pointed?.kind === "entry") [lit.x, lit.y] = [new Set([this.matrix.columns[pointed.column]]), new Set([pointed.row])];
    for (const array of Object.keys(this.grids)) this.paintVector(array, pointed, pinned, lit[array]);
    if (this.matrix.taps.length) this.paintEntries(pointed, pinned);
    this.tell(pointed);
  }

  paintVector(array, pointed, pinned, lit) {
    const { cells } = this.matrix;
    const kind = Object.keys(GRIDS).find((name) => GRIDS[name] === array);
    const other = shownAs(array, pointed?.kind, this.transpose);
    for (const place of Array(this.count(array)).keys()) {
      const cell = this.cellAt(array, place);
      const active = pointed?.kind === kind && pointed.cell === cell;
      const shown = array === "w" && !active ? "w" : other;
      const gradient = shown.length === 2;
      const empty = array === "x" && UNREAD[cells.marks[cell]];
      const value = signed(cells.values[shown][cell]);
      this.grids[array].paint(place, {
        role: empty ? "leftover" : gradient ? "gradient" : array,
        name: label(cells, array, cell, gradient),
        value,
        tag: empty ? "∅" : "",
        tagRole: "leftover",
        state: active ? "active" : lit.has(cell) ? "lit" : pointed ? "quiet" : "plain",
        says: `${(gradient ? "d" : "") + cells.names[array][cell]} = ${value}${empty ? ", read by no output" : ""}`,
        pinned: Boolean(pinned && pinned.kind === kind && pinned.cell === cell),
      });
    }
    const shown = array === "w" ? "w" : other;
    if (this.captions[array].dataset.shows === shown) return;
    this.captions[array].dataset.shows = shown;
    this.captions[array].replaceChildren(chip(shown.length === 2 ? "gradient" : array, shown));
  }

  paintEntries(pointed, pinned) {
    const { cells, taps, columns } = this.matrix;
    const met = new Set((pointed?.uses ?? []).map((use) => [use.y, use.x].join()));
    const matrix = this.transpose ? "Aᵀ" : "A";
    this.places.forEach(([row, column], place) => {
      const tap = taps[row][column] - 1;
      const here = pointed?.kind === "entry" && pointed.row === row && pointed.column === column;
      const stands = tap >= 0;
      const value = stands ? signed(cells.values.w[tap]) : "·";
      const at = (this.transpose ? [column, row] : [row, column]).join();
      this.entries.paint(place, {
        role: stands ? "w" : "zero",
        name: stands ? label(cells, "w", tap, false) : "",
        value,
        tag: "",
        tagRole: "w",
        state: here ? "active" : met.has([row, columns[column]].join()) ? "lit" : pointed ? "quiet" : "plain",
        says: `${matrix}[${at}] = ${stands ? `${cells.names.w[tap]} = ${value}` : "0"}`,
        pinned: Boolean(pinned?.kind === "entry" && pinned.cell.join() === [row, column].join()),
      });
    });
  }

  tell(pointed) {
    const { frame, matrix } = this;
    frame.general.textContent = GENERAL[this.transpose];
    const text = pointed?.sum ? equationText(matrix.cells, pointed.sum) : "";
    const said = [pointed ? pointed.says : matrix.cells.empty || "Nothing is pointed at.", ...(text ? [" ", element("span", { class: "cb-hidden" }, text)] : [])];
    frame.says.replaceChildren(...said);
    frame.strip.replaceChildren(...(pointed?.sum ? this.equation(pointed.sum) : []));
  }

  // The sum in chips, and below it in numbers.
  equation(sum) {
    const term = ([one, other], number) => [number ? " + " : " = ", element("span", { class: "cb-term" }, chip(one.role, one.text), "\u2009·\u2009", chip(other.role, other.text))];
    const total = element("strong", {}, sum.total);
    const letters = element("p", {}, chip(sum.role, sum.name), ...sum.letters.flatMap(term), ...(sum.met.length ? [] : [" = ", total]));
    return sum.met.length ? [letters, element("p", {}, `= ${sum.numbers.join(" + ")} = `, total)] : [letters];
  }

  written() {
    const { cells, taps, columns } = this.matrix;
    if (!taps.length) return [element("p", {}, cells.empty)];
    const [made, given] = this.transpose ? ["dx", "dy"] : ["y", "x"];
    const entry = (tap) => (tap ? signed(cells.values.w[tap - 1]) : "0");
    const lines = this.transpose ? columns.map((_, column) => taps.map((row) => entry(row[column]))) : taps.map((row) => row.map(entry));
    const names = this.transpose ? columns.map((cell) => "d" + cells.names.x[cell]) : cells.names.y;
    const heads = this.transpose ? cells.names.y.map((name) => "d" + name) : columns.map((cell) => cells.names.x[cell]);
    const table = writtenTable(this.transpose ? "Aᵀ" : "A", ["row", ...heads], lines.map((line, number) => [names[number], ...line]));
    const kinds = { [made]: [this.transpose ? "input" : "output", this.transpose ? columns : [...cells.names.y.keys()]], dw: ["weight", [...cells.names.w.keys()]] };
    const sums = Object.entries(kinds).map(([name, [kind, list]]) =>
      writtenTable(`${name}, ${kind === "weight" ? "one sum for each weight" : `each row times ${given}`}`, ["written out"], list.map((cell) => [equationText(cells, point(cells, kind, cell))])),
    );
    return [table, ...sums];
  }
}

// Once for a widget, however often it is shown: what the chosen options do not have is let go.
function initialize({ model }) {
  const letGo = () => {
    const { kind, index } = model.get("selection");
    const { cells, columns, taps } = readMatrix(chosenTable(model));
    const has = {
      entry: () => taps[index[0]]?.[index[1]] !== undefined,
      input: () => everyCell(cells.axes.x).some((found, cell) => columns.includes(cell) && found.join() === index.join()),
    };
    const known = has[kind] ?? (() => everyCell(cells.axes[GRIDS[kind]]).some((found) => found.join() === index.join()));
    if (!kind || known()) return;
    model.set("selection", {});
    model.save_changes();
  };
  const names = CHANGES.replaceAll(/\S+/g, "change:$&");
  model.on(names, letGo);
  return () => model.off(names, letGo);
}

export default { initialize, render: rendered("cb-conv-matrix", View, { [CHANGES]: "draw", selection: "settle" }) };
