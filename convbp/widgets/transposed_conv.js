// The view of TransposedConv: stamps that drop onto a result, a flipped filter over a hollow input, or an image of counts.

const CHANGES = "tables kernel stride padding output_padding dilation view reading x w";
const VIEWS = ["stamps", "hollow", "plane"];
const READINGS = ["forward", "gradient"];
const GENERAL = {
  forward: "y[stride·o + dilation·k − before] collects x[o]·w[k]. Size: s·(n−1) + d·(k−1) + 1 − cut off + output_padding.",
  gradient: "dx[stride·o + dilation·k − before] collects dy[o]·w[k]: the same sums. The stride forgets the size of x; output_padding says which one it was.",
};

class View {
  constructor(model, el) {
    this.model = model;
    this.hover = this.focus = this.step = null;
    this.frame = new Frame(el, {
      question: "Where does each input cell leave its stamp, and where do stamps pile up?",
      hint: "Step with ▶ or the keys [ and ]. Point at a cell; a click or Enter pins it, Esc lets it go.",
      twin: "Every cell, written out in both ways",
      write: () => this.written(),
    });
    this.size = element("p", { class: "cb-formula" });
    this.frame.picture.before(this.size);
    this.addControls();
    this.frame.twin.before(
      guess("with three taps and stride 2, does every cell of the result get equally many stamps?", "No: 1 1 2 1 2 1 1. Even taps meet even cells, and there are two of them; odd cells meet only the middle tap. With two or four taps they are equally many."),
    );
    this.draw();
  }

  addControls() {
    const choose = (name, values) => (number) => {
      this.model.set(name, values[number]);
      this.model.save_changes();
    };
    this.views = new Switch("Picture", ["stamps", "hollow", "2-D counts"], choose("view", VIEWS));
    this.readings = new Switch("Read as", ["x → y", "gradient dy → dx"], choose("reading", READINGS));
    this.stepper = new Stepper(this.frame.root, 1, (step) => this.go(step));
    const choices = element("div", { class: "cb-choices" });
    this.options = new OptionControls(this.model, choices);
    this.frame.controls.append(this.stepper.root, this.views.root, this.readings.root, choices);
  }

  draw() {
    this.table = readStamps(this.model);
    [this.view, this.reading] = ["view", "reading"].map((name) => this.model.get(name));
    this.views.show(VIEWS.indexOf(this.view));
    this.readings.show(READINGS.indexOf(this.reading));
    this.options.show();
    this.hover = this.focus = this.step = null;
    this.cells = [...this.table.marks.keys()].filter((cell) => this.view === "stamps" || !this.table.cut[cell]);
    this.stepper.count = { stamps: this.table.windows.length, hollow: this.cells.length, plane: 0 }[this.view];
    this.stepper.root.hidden = !this.stepper.count;
    this.size.textContent = this.table.reason ? "" : `${this.table.letters.y} has ${this.table.formula} cells`;
    this.frame.picture.className = `cb-picture cb-transposed-${this.view}`;
    const pictures = { stamps: () => this.drawStamps(), hollow: () => this.drawHollow(), plane: () => this.drawPlane() };
    this.grids = {};
    this.frame.picture.replaceChildren(...(this.table.reason ? [element("p", { class: "cb-empty" }, this.table.reason)] : pictures[this.view]()));
    this.paint();
    this.frame.write();
  }

  grid(kind, label, count, columns = count) {
    this.grids[kind] = new CellGrid(label, count, columns, {
      hover: (cell) => this.preview("hover", kind, cell),
      focus: (cell) => this.preview("focus", kind, cell),
      pin: (cell) => this.pin(kind, cell),
      unpin: () => this.select({}),
    });
    return this.grids[kind].root;
  }

  figure(letter, words, ...body) {
    const caption = element("p", { class: "cb-caption" }, chip(letter === "w" ? "w" : this.table.role(letter), this.table.letters[letter] ?? letter), " " + words);
    return element("div", { class: "cb-figure" }, caption, ...body);
  }

  // Boxes that only show: they stand in a lane at the columns that Python named.
  lane(columns, texts) {
    const boxes = columns.map((column, n) => {
      const box = element("div", { class: "cb-tile" }, texts[n]);
      box.style.setProperty("--cb-at", column);
      return box;
    });
    return element("div", { class: "cb-lane", "aria-hidden": "true" }, ...boxes);
  }

  drawStamps() {
    const { table } = this;
    const inputs = this.grid("input", `${table.letters.x}, which stamps`, table.x.length);
    inputs.classList.add("cb-placed");
    this.grids.input.cells.forEach((cell, o) => cell.style.setProperty("--cb-at", table.at[o]));
    const result = this.grid("output", `${table.letters.y}, the result`, table.names.length);
    const tile = (o) => table.w.map((weight) => signed(sumOfProducts([[table.x[o], weight]])));
    this.lanes = table.windows.map((window, o) => this.lane(window, tile(o)));
    const filter = element("p", { class: "cb-caption" }, chip("w", "w"), ` = [${table.w.map(signed).join(", ")}] times each number`);
    return [this.figure("x", "each cell stamps the filter", inputs), filter, ...this.lanes, this.figure("y", "the stamps added up; under each cell how many", result)];
  }

  drawHollow() {
    const { table } = this;
    const hollow = this.grid("input", `${table.letters.x} with zeros`, table.hollow.length);
    const result = this.grid("output", `${table.letters.y}, the result`, this.cells.length);
    result.classList.add("cb-shifted");
    result.style.setProperty("--cb-at", table.shift);
    this.band = element("div", { class: "cb-lane" });
    const flipped = element("p", { class: "cb-caption" }, chip("w", "w"), " flipped, moved by one cell at a time");
    return [this.figure("x", "with zeros between and at the ends", hollow), flipped, this.band, this.figure("y", "the sum under the filter", result)];
  }

  drawPlane() {
    return [this.figure("y", "how many stamps cover each cell", this.grid("output", "counts of stamps", everyCell([this.cells, this.cells]).length, this.cells.length))];
  }

  // Numbers of the result, or of the input, behind a cell of a grid; null for a zero of the hollow input.
  indexOf(kind, cell) {
    if (kind === "input") return this.view === "stamps" ? [cell] : this.table.hollow[cell] < 0 ? null : [this.table.hollow[cell]];
    return this.view === "plane" ? everyCell([this.cells, this.cells])[cell].map((at) => this.table.numbers[at]) : [this.table.numbers[this.cells[cell]]];
  }

  preview(way, kind, cell) {
    const index = cell === null ? null : this.indexOf(kind, cell);
    this[way] = index && { kind, index };
    this.paint();
  }

  pin(kind, cell) {
    const index = this.indexOf(kind, cell);
    if (index) this.select(JSON.stringify({ kind, index }) === JSON.stringify(this.pinned()) ? {} : { kind, index });
  }

  pinned() {
    const { kind, index } = this.model.get("selection");
    return kind && hasCell(this.model, { kind, index }) ? { kind, index } : null;
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

  // A step points at its stamp or at its cell, and lets go of what is pinned.
  go(step) {
    this.step = step;
    this.select({});
  }

  stepped() {
    if (this.step === null) return null;
    return this.view === "stamps" ? { kind: "input", index: [this.step] } : { kind: "output", index: [this.table.numbers[this.cells[this.step]]] };
  }

  paint() {
    const pinned = this.pinned();
    const target = this.table.reason ? null : this.hover ?? this.focus ?? pinned ?? this.stepped();
    if (target && this.view !== "plane") target.cell = target.kind === "input" ? target.index[0] : this.table.numbers.indexOf(target.index[0]);
    this.stepper.step = this.step ?? this.stepper.count - 1;
    this.stepper.mark();
    for (const [kind, looks] of Object.entries(this.table.reason ? {} : this.looks(target))) {
      looks.forEach((look, cell) => this.grids[kind].paint(cell, { ...look, pinned: pinned?.kind === kind && this.indexOf(kind, cell)?.join() === pinned.index.join() }));
    }
    this.tell(target);
  }

  looks(target) {
    const last = this.stepper.step;
    if (this.view === "plane") return { output: planeLooks(this.table, this.cells, target) };
    if (this.view === "hollow") {
      const under = target?.kind === "output" ? target.cell : this.cells[last];
      const taps = [...this.table.w.keys()].reverse();
      this.band.replaceChildren(this.lane(this.table.reads[under], taps.map((k) => signed(this.table.w[k]))));
      return hollowLooks(this.table, this.cells, target, this.cells[last]);
    }
    const { tiles, ...looks } = stampLooks(this.table, target, last);
    tiles.forEach((states, o) => states.forEach((state, k) => (this.lanes[o].children[k].className = `cb-tile cb-${state}`)));
    return looks;
  }

  tell(target) {
    this.frame.general.textContent = GENERAL[this.reading];
    const isCell = target?.kind === "output" && this.view !== "plane";
    this.frame.strip.replaceChildren(...(isCell && !this.table.cut[target.cell] ? this.equation(target.cell) : []));
    if (!target) this.frame.says.textContent = summary(this.table);
    else if (this.view === "plane") this.frame.says.textContent = planeText(this.table, target.index);
    else if (target.kind === "input") this.frame.says.textContent = inputText(this.table, target.cell);
    else this.frame.says.replaceChildren(outputText(this.table, target.cell), " ", element("span", { class: "cb-hidden" }, this.table.cut[target.cell] ? "" : equationText(this.table, target.cell)));
  }

  // The same number twice: as stamps, and under the flipped filter.
  equation(cell) {
    const { met, stamps, slid, numbers, total, slidTotal } = bothSums(this.table, cell);
    const name = () => chip(this.table.role("y"), this.table.names[cell]);
    const line = (words, terms, middle, result) => {
      const aside = element("span", { class: "cb-aside" }, ` ${words}`);
      return element("p", {}, name(), ...(terms.length ? sumOfChips(terms) : []), `${middle} = `, element("strong", {}, result), aside);
    };
    return [line(met.length ? "stamps" : "no stamp", stamps, met.length ? ` = ${numbers.join(" + ")}` : "", total), line("flipped filter", slid, "", slidTotal)];
  }

  written() {
    if (this.table.reason) return [element("p", {}, this.table.reason)];
    const real = this.table.names.flatMap((name, cell) => (this.table.cut[cell] ? [] : [[name, String(readersOf(this.table.windows, cell).length), equationText(this.table, cell)]]));
    return [element("p", {}, summary(this.table)), writtenTable("The result", ["cell", "stamps", "written out"], real)];
  }
}

// Tell whether the picture of the present options has a cell.
function hasCell(model, { kind, index }) {
  const [table, view] = [readStamps(model), model.get("view")];
  const outputs = table.numbers.filter((_, cell) => view === "stamps" || !table.cut[cell]);
  const known = kind === "output" ? outputs : view === "plane" ? [] : [...table.windows.keys()];
  return index.length === (view === "plane" ? 2 : 1) && index.every((n) => known.includes(n));
}

// Once for a widget, however often it is shown: a pinned cell that the picture loses is let go.
function initialize({ model }) {
  const letGo = () => {
    if (!model.get("selection").kind || hasCell(model, model.get("selection"))) return;
    model.set("selection", {});
    model.save_changes();
  };
  const names = CHANGES.replaceAll(/\S+/g, "change:$&");
  model.on(names, letGo);
  return () => model.off(names, letGo);
}

export default { initialize, render: rendered("cb-transposed-conv", View, { [CHANGES]: "draw", selection: "settle" }) };
