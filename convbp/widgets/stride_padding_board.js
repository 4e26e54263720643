// The view of StridePaddingBoard: the ruler, its brackets and its places, or a plane of counts; the formula, sliders and twin.

const CHANGES = "tables size kernel stride dilation padding view direction w dy";
const KINDS = ["input", "place"];
const GENERAL = {
  forward: "Number of windows: ⌊(n + padding − d·(k−1) − 1)/s⌋ + 1. The remainder of the division is the number of cells left over at the end.",
  backward: "dy stands where the outputs stood, with s−1 zeros between and one zero for each cell left over; from here on it is a layer with stride 1: dx[i] = Σ w[k]·(dy with zeros)[i + before − d·k].",
};
const CAPTIONS = {
  forward: { ruler: [["x", "x"], "with padding: the windows that read each cell"], places: [["y", "y"], "with the places that the stride skips"] },
  backward: { ruler: [["gradient", "dx"], "what each cell gets"], places: [["gradient", "dy"], "spread: zeros where the stride skipped"] },
};

class View {
  constructor(model, el) {
    this.model = model;
    this.hover = this.focus = null;
    this.frame = new Frame(el, {
      question: "Who is read, how often, and who is left over?",
      hint: "Move a slider. Point at a cell or an output; a click or Enter pins it, Esc lets it go, [ and ] step through the windows.",
      twin: "This setting in numbers",
      write: () => this.written(),
    });
    this.formula = element("p", { class: "cb-formula" });
    this.frame.picture.before(this.formula);
    this.addControls();
    this.frame.twin.before(
      guess("make the input one cell longer. Does an output come with it?", "Only if the remainder was already s − 1, so that the division goes up; with stride 1 always. Else the new cell is left over with the others."),
    );
    this.draw();
  }

  addControls() {
    const choose = (name, values) => (number) => {
      this.model.set(name, values[number]);
      this.model.save_changes();
    };
    this.views = new Switch("Picture", ["one axis", "two axes"], choose("view", ["line", "plane"]));
    this.directions = new Switch("Pass", ["forward", "backward"], choose("direction", ["forward", "backward"]));
    this.stepper = new Stepper(this.frame.root, 1, (step) => this.select(this.windowNumber(step)), "window");
    const sliders = element("div", { class: "cb-sliders" });
    this.sliders = new OptionSliders(this.model, sliders, { size: "Size n", kernel: "Taps k", stride: "Stride s", dilation: "Dilation d", padding: "Padding" });
    this.frame.controls.append(this.stepper.root, sliders, this.directions.root, this.views.root);
  }

  draw() {
    [this.view, this.direction] = ["view", "direction"].map((name) => this.model.get(name));
    this.sliders.show();
    this.views.show(this.view === "line" ? 0 : 1);
    this.directions.show(this.direction === "forward" ? 0 : 1);
    this.board = readBoard(this.model);
    this.hover = this.focus = null;
    this.numbers = this.view === "line" ? this.board.numbers.map((n) => [n]) : everyCell([this.board.numbers, this.board.numbers]);
    this.windows = everyCell(Array(this.view === "line" ? 1 : 2).fill(this.board.kept));
    this.stepper.count = this.windows.length;
    this.stepper.root.hidden = !this.windows.length;
    this.showFormula();
    this.frame.picture.className = `cb-picture cb-board-${this.view} cb-${this.direction}`;
    this.frame.picture.replaceChildren(...(this.view === "line" ? this.drawLine() : this.drawPlane()));
    this.paint();
    this.frame.write();
  }

  showFormula() {
    const { steps, outputs, leftover } = formulaParts(this.board);
    const results = [" = ", chip("y", counted(outputs, "output")), " ", chip(leftover ? "leftover" : "padding", `remainder ${leftover}`)];
    this.formula.replaceChildren(steps, ...(outputs ? results : [" is below 1: ", chip("leftover", "no output")]));
  }

  grid(label, kind, count, columns) {
    return new CellGrid(label, count, columns, {
      hover: (cell) => this.preview("hover", kind, cell),
      focus: (cell) => this.preview("focus", kind, cell),
      pin: (cell) => this.pin(kind, cell),
      unpin: () => this.select({}),
    });
  }

  figure(name, body) {
    const [[role, letter], words] = CAPTIONS[this.direction][name];
    return element("div", { class: `cb-figure cb-figure-${name}` }, element("p", { class: "cb-caption" }, chip(role, letter), " " + words), ...body);
  }

  drawLine() {
    const { own, dense } = this.board;
    this.grids = { input: this.grid("the cells of the ruler", "input", own.marks.length, own.marks.length || 1) };
    this.grids.place = this.grid(this.direction === "forward" ? "the outputs and skipped places" : "dy with zeros", "place", dense.windows.length, dense.windows.length || 1);
    this.band = element("div", {});
    const row = this.grids.place.root;
    row.classList.add("cb-shifted");
    row.style.setProperty("--cb-at", dense.shift);
    const places = dense.windows.length ? row : element("p", { class: "cb-empty" }, summary(this.board));
    return [this.figure("ruler", [this.grids.input.root, this.band]), this.figure("places", [places])];
  }

  // The counts of the rows and of the columns stand beside the counts of the cells.
  drawPlane() {
    const { marks, windows } = this.board.own;
    const counts = marks.map((_, cell) => element("span", {}, String(readersOf(windows, cell).length)));
    this.grids = { input: this.grid("the cells of the image", "input", this.numbers.length, marks.length) };
    const across = element("div", { class: "cb-counts", "aria-hidden": "true" }, ...counts);
    const down = element("div", { class: "cb-counts cb-down", "aria-hidden": "true" }, ...counts.map((made) => made.cloneNode(true)));
    const body = element("div", { class: "cb-plane" }, element("span", { class: "cb-times", "aria-hidden": "true" }, "×"), across, down, this.grids.input.root);
    return [this.figure("ruler", windows.length ? [body] : [body, element("p", { class: "cb-empty" }, summary(this.board))])];
  }

  preview(way, kind, cell) {
    this[way] = cell === null ? null : { kind, index: this.indexOf(kind, cell) };
    this.paint();
  }

  indexOf(kind, cell) {
    return kind === "input" ? this.numbers[cell] : [cell];
  }

  windowNumber(step) {
    return { kind: "place", index: this.windows[step] };
  }

  pin(kind, cell) {
    const wanted = { kind, index: this.indexOf(kind, cell) };
    this.select(JSON.stringify(wanted) === JSON.stringify(this.pinned()) ? {} : wanted);
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

  paint() {
    const pinned = this.pinned();
    const target = this.hover ?? this.focus ?? pinned;
    this.stepper.step = pinned?.kind === "place" ? this.windows.findIndex((index) => index.join() === pinned.index.join()) : -1;
    this.stepper.mark();
    if (this.view === "line") this.paintLine(target, pinned);
    else this.paintPlane(target, pinned);
    this.tell(target);
  }

  paintLine(target, pinned) {
    const shown = lineLooks(this.board, this.direction, target);
    for (const kind of KINDS) shown[kind].forEach((look, cell) => this.grids[kind].paint(cell, { ...look, pinned: pinned?.kind === kind && this.indexOf(kind, cell)[0] === pinned.index[0] }));
    this.band.replaceChildren(brackets(this.board.own.windows, this.board.own.marks.length, shown.windows));
  }

  paintPlane(target, pinned) {
    planeLooks(this.board, this.direction, target).forEach((look, cell) => {
      this.grids.input.paint(cell, { ...look, pinned: pinned?.kind === "input" && this.numbers[cell].join() === pinned.index.join() });
    });
  }

  tell(target) {
    this.frame.general.textContent = GENERAL[this.direction];
    this.frame.strip.replaceChildren(...this.equation(target));
    if (!target) this.frame.says.textContent = summary(this.board);
    else if (this.view === "plane") this.frame.says.textContent = planeText(this.board, target);
    else if (target.kind === "place") this.frame.says.textContent = placeText(this.board, target.index[0], this.direction);
    else this.tellCell(this.board.numbers.indexOf(target.index[0]));
  }

  // The equation stands in the strip for the eye, and is hidden here for the ear.
  tellCell(cell) {
    const shown = this.board.padding[cell] ? "" : "cb-hidden";
    const sum = this.direction === "forward" ? [] : [" ", element("span", { class: shown }, gradientText(this.board, cell))];
    this.frame.says.replaceChildren(cellText(this.board, cell), ...sum);
  }

  equation(target) {
    const cell = target?.kind === "input" ? this.board.numbers.indexOf(target.index[0]) : -1;
    if (this.view === "plane" || this.direction === "forward" || cell < 0 || this.board.padding[cell]) return [];
    const { met, letters, numbers, total } = gradient(this.board, cell);
    const sum = met.length ? [element("p", {}, `= ${numbers.join(" + ")} = `, element("strong", {}, total))] : [];
    return [element("p", {}, chip("gradient", `d${this.board.names[cell]}`), ...(met.length ? sumOfChips(letters) : [" = 0"])), ...sum];
  }

  written() {
    const { own, padding, names } = this.board;
    const rows = names.map((name, cell) => [(padding[cell] ? "padding " : "") + name, String(readersOf(own.windows, cell).length), readersText(this.board, cell).join(", ") || "no output", gradientText(this.board, cell)]);
    const spread = this.board.spread.map(signed).join(", ");
    const heads = ["cell", "windows", "read by", "dx written out, with the zeros"];
    return [element("p", {}, `Outputs = ${formulaText(this.board)}.`), element("p", {}, summary(this.board)), writtenTable("Every cell of one axis", heads, rows), element("p", {}, spread ? `dy with its zeros: ${spread}.` : "")];
  }
}

// Tell whether the picture of the present options has a cell.
function hasCell(model, { kind, index }) {
  const board = readBoard(model);
  const known = kind === "input" ? board.numbers : board.dense.windows.map((_, place) => place);
  return index.length === (model.get("view") === "line" ? 1 : 2) && index.every((n) => known.includes(n));
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

export default { initialize, render: rendered("cb-stride-padding-board", View, { [CHANGES]: "draw", selection: "settle" }) };
