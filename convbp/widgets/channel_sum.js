// The view of ChannelSum: maps and slices as rows of cells, the lanes of a sum, and the table of which sums run.

const TITLES = { x: "x, the input", w: "w, the filters", b: "b, the bias", y: "y, the output" };
const HEADS = { n: "sample n", f: "filter f", c: "channel c", o: "output o", i: "cell i", k: "tap k" };
const GENERAL = {
  "": "A result sums over the letters that it lacks.",
  y: "y[n,f,o] = b[f] + Σ over c and k of w[f,c,k]·x[n,c,i]",
  dx: "dx[n,c,i] = Σ over f and k of w[f,c,k]·dy[n,f,o]",
  dw: "dw[f,c,k] = Σ over n and o of dy[n,f,o]·x[n,c,i]",
  db: "db[f] = Σ over n and o of dy[n,f,o]",
  dy: "A sum copies its gradient: every product that was added to y[n,f,o] gets dy[n,f,o], whole.",
};

// "all lanes" first, then one lane after the other.
class LaneStepper extends Stepper {
  mark() {
    super.mark();
    this.label.textContent = this.step ? `lane ${this.step} / ${this.count - 1}` : "all lanes";
  }

  restart(count) {
    Object.assign(this, { count, step: 0 });
    this.mark();
  }
}

class View {
  constructor(model, el) {
    this.model = model;
    this.hover = this.focus = null;
    this.frame = new Frame(el, {
      question: "Which sums run?",
      hint: "Point at a cell: an output, an input cell, a weight or a bias. A click or Enter pins it, Esc lets it go; [ and ] walk through its lanes.",
      twin: "All sums of this layer, written out",
      write: () => this.written(),
    });
    this.makeControls();
    this.draw();
  }

  makeControls() {
    const { model, frame } = this;
    const set = (name, value) => {
      model.set(name, value);
      model.save_changes();
    };
    this.way = new Switch("One lane for each", ["sample, filter, channel", "output, tap"], (number) => set("lanes", WAYS[number]));
    this.back = new Switch("At an output", ["its sum", "its gradient’s copies"], (number) => set("back", number === 1));
    this.stepper = new LaneStepper(frame.root, 1, () => this.paint(), "view");
    frame.controls.append(this.stepper.root, this.way.root, this.back.root);
    if (model.get("options").groups.length > 1) this.groups = new OptionControls(model, frame.controls);
    this.runs = element("div", { class: "cb-written cb-runs" });
    frame.side.after(this.runs);
    frame.twin.before(guess("which letters does dw sum over, and why is c not among them?", "n and o: all samples and all outputs used the same weight. Each pair of a filter f and a channel c has a slice of its own, so f and c stay."));
  }

  draw() {
    this.groups?.show();
    this.layer = readLayer(chosenTable(this.model));
    this.hover = this.focus = null;
    [this.grids, this.captions] = [{}, {}];
    this.frame.picture.classList.add("cb-maps");
    this.frame.picture.replaceChildren(...Object.keys(ARRAYS).map((kind) => this.figure(kind)).sort((a, b) => a.order - b.order));
    const { shapes } = this.layer.sums;
    this.frame.side.style.setProperty("--cb-lanes", [...shapes.x, ...shapes.w].reduce((most, size) => Math.max(most, size)));
    this.settle();
    this.frame.write();
  }

  figure(kind) {
    const array = ARRAYS[kind];
    const { shapes, cells } = this.layer.sums;
    const rowOf = ([first]) => first === 0;
    const columns = array === "w" ? cells.w.filter(rowOf).length : array === "b" ? 1 : shapes[array].at(-1);
    const grid = new CellGrid(TITLES[array], cells[array].length, columns, {
      hover: (cell) => this.preview("hover", kind, cell),
      focus: (cell) => this.preview("focus", kind, cell),
      pin: (cell) => this.pin(kind, cell),
      unpin: () => this.select({}),
    });
    for (const row of grid.root.children) this.dress(array, row, cells[array][row.firstChild.number]);
    this.grids[array] = grid;
    this.captions[array] = element("p", { class: "cb-caption" });
    const made = element("div", { class: `cb-figure cb-figure-${array}` }, this.captions[array], grid.root);
    made.order = ["x", "w", "b", "y"].indexOf(array);
    return made;
  }

  // Give a row its name; the slices of a filter stand under the channels that they read.
  dress(array, row, index) {
    const { shapes, stages, cells } = this.layer.sums;
    row.dataset.name = { x: `n${index[0]} c${index[1]}`, y: `n${index[0]} f${index[1]}`, w: `f${index[0]}`, b: "" }[array];
    if (["x", "y"].includes(array) && index[1] === 0 && index[0] > 0) row.classList.add("cb-sample");
    if (array !== "w") return;
    const { joins } = termsOf(this.layer.sums, "dw", row.firstChild.number)[0];
    row.style.setProperty("--cb-first", cells.x[joins.x][1]);
    row.style.setProperty("--cb-slices", shapes.x[1]);
    row.style.setProperty("--cb-taps", shapes.w[2]);
    for (const cell of row.children) cell.toggleAttribute("data-slice", cells.w[cell.number][2] === 0);
  }

  preview(way, kind, cell) {
    this[way] = cell === null ? null : { kind, cell };
    this.paint();
  }

  pinned() {
    const { kind, index } = this.model.get("selection");
    if (!kind) return null;
    const cell = this.layer.sums.cells[ARRAYS[kind]].findIndex((found) => found.join() === index.join());
    return cell < 0 ? null : { kind, cell };
  }

  pin(kind, cell) {
    const now = this.pinned();
    const again = now?.kind === kind && now.cell === cell;
    this.select(again ? {} : { kind, index: this.layer.sums.cells[ARRAYS[kind]][cell] });
  }

  select(selection) {
    this.model.set("selection", selection);
    this.model.save_changes();
    this.settle();
  }

  settle() {
    this.hover = this.focus = null;
    this.way.show(WAYS.indexOf(this.model.get("lanes")));
    this.back.show(this.model.get("back") ? 1 : 0);
    this.paint();
  }

  paint() {
    const pinned = this.pinned();
    const target = this.hover ?? this.focus ?? pinned;
    const pointed = target && pointAt(this.layer, target.kind, target.cell, this.model.get("lanes"), this.model.get("back"));
    const key = pointed ? [pointed.shown, pointed.cell, pointed.letter].join() : "";
    if (key !== this.key) this.stepper.restart(pointed ? pointed.lanes.length + 1 : 1);
    this.key = key;
    const gradient = pointed && pointed.shown !== "y";
    for (const [kind, array] of Object.entries(ARRAYS)) this.paintGrid(kind, array, pointed, pinned, gradient);
    this.tell(pointed);
    this.showRuns(pointed);
  }

  // The cells that the lanes in view join, with what stands beside each in its product.
  partners(pointed) {
    const met = { x: new Map(), w: new Map(), b: new Map(), y: new Map() };
    const { step } = this.stepper;
    const lanes = pointed ? pointed.lanes.filter((_, number) => !step || number === step - 1) : [];
    for (const term of lanes.flatMap((lane) => lane.terms)) {
      for (const [array, cell] of Object.entries(term.joins)) met[array].set(cell, term);
    }
    if (!step) for (const term of pointed?.bias ?? []) met.b.set(term.factors[0].cell, term);
    return met;
  }

  paintGrid(kind, array, pointed, pinned, gradient) {
    const { sums } = this.layer;
    const met = this.partners(pointed)[array];
    sums.cells[array].forEach((index, cell) => {
      const active = pointed?.kind === kind && pointed.cell === cell;
      const marked = (gradient && array === "y") || (active && pointed.shown !== "y");
      const which = (marked ? "d" : "") + array;
      const value = signed(sums.values[which][cell]);
      this.grids[array].paint(cell, {
        role: marked ? "gradient" : array === "b" ? "w" : array,
        name: (marked ? "∂ " : "") + index.at(-1),
        value,
        tag: "",
        tagRole: "w",
        state: active ? "active" : met.has(cell) ? "lit" : pointed ? "quiet" : "plain",
        says: `${sums.names[which][cell]} = ${value}`,
        pinned: Boolean(pinned && pinned.kind === kind && pinned.cell === cell),
      });
    });
    const [role, letter] = gradient && array === "y" ? ["gradient", "dy"] : [array === "b" ? "w" : array, array];
    const word = letter === "dy" ? " gradient" : { x: " input", w: " filters", b: "", y: " output" }[array];
    if (this.captions[array].dataset.shows === letter) return;
    this.captions[array].dataset.shows = letter;
    this.captions[array].replaceChildren(chip(role, letter), word);
  }

  tell(pointed) {
    const { frame, layer } = this;
    frame.general.textContent = GENERAL[pointed?.shown ?? ""];
    frame.says.textContent = pointed ? sentence(layer, pointed) : "Nothing is pointed at.";
    frame.strip.replaceChildren(...(pointed ? this.lanes(pointed) : []));
  }

  lanes(pointed) {
    const { step } = this.stepper;
    const lines = pointed.lanes.map((lane, number) => {
      const body = pointed.copies ? this.copies(pointed, lane) : this.sum(lane);
      const quiet = step && number !== step - 1 ? " cb-dim" : "";
      return element("div", { class: "cb-lane" + quiet }, element("span", { class: "cb-letter" }, lane.text), element("div", {}, ...body));
    });
    return [...lines, element("p", { class: "cb-total" }, ...(pointed.copies ? this.biasCopy(pointed) : this.total(pointed)))];
  }

  chips(terms) {
    const one = ({ array, text }) => chip(array.startsWith("d") ? "gradient" : array === "b" ? "w" : array, text);
    return terms.flatMap(({ factors }, number) => [number ? " + " : "", element("span", { class: "cb-term" }, ...factors.flatMap((found, place) => [place ? "\u2009·\u2009" : "", one(found)]))]);
  }

  sum({ terms, total }) {
    return [...this.chips(terms), element("span", {}, ` = ${terms.map(numbersOf).join(" + ")} = `), element("strong", {}, signed(total))];
  }

  total({ name, shown, value, lanes, bias }) {
    const parts = lanes.map(({ total }) => bracketed(total)).join(" + ");
    const more = bias.flatMap((term) => [" + ", ...this.chips([term]), ` ${numbersOf(term)}`]);
    return [chip(shown === "y" ? "y" : "gradient", name), ` = ${parts}`, ...more, " = ", element("strong", {}, signed(value))];
  }

  copies({ name, value }, lane) {
    const parts = lane.terms.flatMap((term) => sentBack(this.layer, term).map((part) => ({ ...part, numbers: numbersOf(part) })));
    const line = (part) => element("div", {}, `${part.into} += `, ...this.chips([part]), ` = ${part.numbers}`);
    return [chip("gradient", `${name} = ${signed(value)}`), element("div", { class: "cb-parts" }, ...parts.map(line))];
  }

  biasCopy({ name, value, bias }) {
    return [chip("gradient", `${name} = ${signed(value)}`), ` → d${bias[0].factors[0].text} gets ${signed(value)}`];
  }

  // Which sums run, for all four results; the row of the one pointed at stands out.
  showRuns(pointed) {
    const result = pointed?.copies ? "" : (pointed?.result ?? "");
    if (!this.runs.firstChild) {
      const rows = Object.entries(RUNS).map(([name, runs]) => [name, ...Object.values(runs)]);
      this.runs.append(writtenTable("A result sums over the letters that it lacks", ["result", ...Object.values(HEADS)], rows));
    }
    [...this.runs.querySelectorAll("tbody tr")].forEach((row, number) => {
      row.toggleAttribute("data-now", Object.keys(RUNS)[number] === result);
    });
  }

  written() {
    const { sums } = this.layer;
    const titles = { output: "Output", input: "Gradient of the input", weight: "Gradient of the filters", bias: "Gradient of the bias" };
    return Object.entries(titles).map(([kind, title]) => {
      const array = ARRAYS[kind];
      const row = (cell) => [sums.names[array][cell], equationText(this.layer, pointAt(this.layer, kind, cell, "maps", false))];
      return writtenTable(title, ["cell", "written out"], [...sums.cells[array].keys()].map(row));
    });
  }
}

export default { render: rendered("cb-channel-sum", View, { "tables groups": "draw", "selection lanes back": "settle" }) };
