// The view of PoolRouting: the input with its winners, the outputs, steps from window to window, and numbers to edit.

const TABLES = "tables kernel_size stride padding";
const MAX_BACK = "dx[i] = Σ dy[o] over every window o that x[i] wins; cells that win nothing get 0";
const GENERAL = {
  [FIRST]: ["y[o] = the largest x[i] of window o; of equal ones the first. Padding counts as −∞.", MAX_BACK],
  [SHARED]: ["y[o] = the largest x[i] of window o. Padding counts as −∞.", "dx[i] = Σ dy[o]/m over every window o in which x[i] is one of m largest cells"],
  [AVERAGE]: ["y[o] = Σ x[i]/n over the n cells of window o, padding included", "dx[i] = Σ dy[o]/n over every window o that reads x[i]; padding takes its part and drops it"],
  [REAL]: ["y[o] = Σ x[i]/n over the n real cells of window o", "dx[i] = Σ dy[o]/n over every window o that reads x[i], each with its own n"],
  [LP]: ["y[o] = (Σ |x[i]|ᵖ)^(1/p) over window o", "dx[i] = Σ dy[o]·x[i]·|x[i]|ᵖ⁻²/y[o]ᵖ⁻¹ over every window o that reads x[i]"],
};
const DIRECTIONS = ["forward", "backward"];
const GRIDS = { input: "x", output: "y" };
const DY_TEXTS = Array.from({ length: 49 }, (_, number) => number - 24);

class View {
  constructor(model, el) {
    this.model = model;
    this.start = { x: model.get("x"), dy: model.get("dy") };
    this.frame = new Frame(el, {
      question: "Who gets the gradient of a window?",
      hint: "Point at a cell; a click or Enter pins it, Esc lets it go. Type a digit, + or −, on a cell to change its number.",
      twin: "All numbers of this picture, written out",
      write: () => this.twin(),
    });
    this.answers = readAnswers(model.get("answers"));
    this.makeControls();
    this.draw();
  }

  makeControls() {
    const { frame, model } = this;
    const kinds = model.get("kinds");
    [this.kinds, this.kindLabel] = choice("Pool", kinds, (number) => this.set("kind", kinds[number]));
    this.kinds.disabled = kinds.length < 2;
    frame.controls.append(this.kindLabel);
    this.options = new OptionControls(model, frame.controls);
    this.pass = new Switch("Pass", DIRECTIONS, (number) => this.set("direction", DIRECTIONS[number]));
    this.stepper = new Stepper(frame.root, 1, (step) => this.stepTo(step), "window");
    const texts = { input: this.answers.values, output: DY_TEXTS };
    this.sliders = Object.fromEntries(Object.entries(texts).map(([kind, values]) => [kind, new Slider("Number", values.map(signed), (number) => this.edit(this.pinned(), values[number]))]));
    this.slot = element("div", { class: "cb-editor" });
    const reset = button("Reset", () => this.reset(), "Reset all numbers");
    frame.controls.append(this.pass.root, this.stepper.root, this.slot, reset);
    const question = "one cell wins two windows, with dy 4 and 3. What is its dx?";
    frame.twin.before(guess(question, "7. It feeds both outputs, so both gradients reach it, and they add up: dx += dy, never dx = dy."));
    frame.root.addEventListener("keydown", (event) => this.type(event));
  }

  set(name, value) {
    this.model.set(name, value);
    this.model.save_changes();
  }

  draw() {
    this.table = readPoolTable(chosenTable(this.model));
    this.options.show();
    this.hover = this.focus = null;
    this.done = this.table.reads.length;
    const count = this.done || 1;
    Object.assign(this.stepper, { count, step: count - 1 }).mark();
    const rank = this.table.axes.x.length;
    this.grids = {};
    this.captions = {};
    this.compute();
    const figures = Object.keys(GRIDS).map((kind) => this.figure(kind));
    this.frame.picture.className = `cb-picture cb-pool-${rank}`;
    if (rank === 1) this.grids.output.cells.forEach((cell, number) => cell.style.setProperty("--cb-at", this.table.at[number]));
    this.frame.picture.replaceChildren(...figures);
    this.paint();
    this.frame.write();
  }

  figure(kind) {
    const grid = GRIDS[kind];
    const names = this.table.names[grid];
    this.grids[kind] = new CellGrid({ x: "x, the input", y: "y, the output" }[grid], names.length, this.table.axes[grid].at(-1).length || 1, {
      hover: (cell) => this.preview("hover", kind, cell),
      focus: (cell) => this.preview("focus", kind, cell),
      pin: (cell) => this.pin(kind, cell),
      unpin: () => this.set("selection", {}),
    });
    this.captions[kind] = element("p", { class: "cb-caption" });
    const body = names.length ? this.grids[kind].root : element("p", { class: "cb-empty" }, this.table.empty);
    return element("div", { class: `cb-figure cb-figure-${grid}` }, this.captions[kind], body);
  }

  change() {
    this.compute();
    this.paint();
    this.frame.write();
  }

  // Numbers, kind or direction are others now: pool again.
  compute() {
    const { table, model } = this;
    const numbers = model.get("x").flat();
    let place = 0;
    this.x = table.padding.map((padding) => (padding ? null : numbers[place++]));
    this.dy = table.reads.map((_, o, all) => model.get("dy")[o % model.get("dy").length]);
    [this.kind, this.backward] = [model.get("kind"), model.get("direction") === "backward"];
    this.kinds.selectedIndex = model.get("kinds").indexOf(this.kind);
    this.pass.show(Number(this.backward));
    this.now = pooled(table, this.answers, this.kind, this.x, this.dy, this.done);
  }

  preview(way, kind, cell) {
    this[way] = cell === null ? null : { kind, cell };
    this.paint();
  }

  pinned() {
    const { kind, index } = this.model.get("selection");
    if (!kind) return null;
    const cell = this.table.index[GRIDS[kind]].findIndex((found) => found.join() === index.join());
    return cell < 0 ? null : { kind, cell };
  }

  pin(kind, cell) {
    const now = this.pinned();
    const again = now?.kind === kind && now.cell === cell;
    this.set("selection", again ? {} : { kind, index: this.table.index[GRIDS[kind]][cell] });
  }

  settle() {
    this.hover = this.focus = null;
    this.paint();
  }

  stepTo(step) {
    this.done = step + 1;
    this.hover = this.focus = null;
    this.set("selection", { kind: "output", index: this.table.index.y[step] });
    this.change();
  }

  type(event) {
    const cell = event.target.closest("[role=gridcell]");
    const kind = Object.keys(this.grids).find((name) => this.grids[name].cells.includes(cell));
    if (!kind || event.ctrlKey || event.metaKey || !/^[0-9+-]$/.test(event.key)) return;
    const target = { kind, cell: cell.number };
    const old = this.number(target);
    this.edit(target, event.key === "+" ? old + 1 : event.key === "-" ? old - 1 : Number(event.key));
    event.preventDefault();
    event.stopPropagation();
  }

  number({ kind, cell }) {
    return kind === "input" ? this.x[cell] : this.dy[cell];
  }

  editable(target) {
    return target && (target.kind === "input" ? !this.table.padding[target.cell] : this.backward);
  }

  edit(target, value) {
    const allowed = target?.kind === "input" ? this.answers.values : DY_TEXTS;
    if (!this.editable(target) || !allowed.includes(value)) return;
    if (target.kind === "output") {
      this.set("dy", this.model.get("dy").with(target.cell, value));
    } else {
      const x = structuredClone(this.model.get("x"));
      const index = this.table.index.x[target.cell];
      index.slice(0, -1).reduce((row, number) => row[number], x)[index.at(-1)] = value;
      this.set("x", x);
    }
  }

  reset() {
    this.model.set(this.start);
    this.model.save_changes();
  }

  paint() {
    const pinned = this.pinned();
    const target = this.hover ?? this.focus ?? pinned;
    for (const kind of Object.keys(GRIDS)) {
      this.grids[kind].cells.forEach((_, cell) => this.grids[kind].paint(cell, kind === "input" ? this.inputLook(cell, target, pinned) : this.outputLook(cell, target, pinned)));
    }
    const letter = this.backward ? "gradient" : null;
    this.captions.input.replaceChildren(chip(letter ?? "x", this.backward ? "dx" : "x"), this.backward ? " gradient of the input" : " input");
    this.captions.output.replaceChildren(chip(letter ?? "y", this.backward ? "dy" : "y"), this.backward ? " gradient of the output" : " output");
    this.showEditor(pinned);
    this.tell(target);
  }

  state(kind, cell, target) {
    if (!target) return "plain";
    if (target.kind === kind) return target.cell === cell ? "active" : "quiet";
    const [input, output] = kind === "input" ? [cell, target.cell] : [target.cell, cell];
    return this.table.reads[output].includes(input) ? "lit" : "quiet";
  }

  inputLook(cell, target, pinned) {
    const { table, now, x } = this;
    const [padding, unread] = [table.padding[cell], "tgn".includes(table.marks[cell])];
    const pointed = target?.kind === "output" ? now.windows[target.cell] : null;
    const won = now.windows.filter((found) => found.winners.includes(cell)).length;
    const here = pointed && table.reads[target.cell].includes(cell);
    const marks = here ? (pointed.winners.includes(cell) ? "▲" : pointed.tied.includes(cell) ? "tie" : "") : won > 3 ? `▲×${won}` : "▲".repeat(won);
    const part = pointed && this.backward ? pointed.parts.get(cell) : undefined;
    const tag = padding ? "" : unread ? "∅" : [marks, part ? shown(part) : ""].filter(Boolean).join(" ");
    const full = table.names.x[cell];
    const wins = won && [FIRST, SHARED].includes(this.kind) ? `, wins ${won}` : "";
    const gets = part ? `, gets ${shown(part)}` : marks === "tie" ? ", ties" : "";
    return {
      role: padding ? "padding" : unread ? "leftover" : this.backward ? "gradient" : "x",
      name: padding ? "" : this.backward ? `x ${shown(x[cell])}` : full.slice(2, -1),
      value: padding ? "" : shown(this.backward ? now.dx[cell] : x[cell]),
      tag,
      tagRole: this.backward ? "gradient" : "y",
      state: this.state("input", cell, target),
      says: padding ? `padding ${full}` : `${full} = ${shown(x[cell])}${this.backward ? `, d${full} = ${shown(now.dx[cell])}` : ""}${wins}${gets}${unread ? ", read by no window" : ""}`,
      pinned: pinned?.kind === "input" && pinned.cell === cell,
    };
  }

  outputLook(cell, target, pinned) {
    const [full, waits] = [this.table.names.y[cell], cell >= this.done];
    const y = waits && !this.backward ? "?" : shown(this.now.windows[cell].y);
    return {
      role: this.backward ? "gradient" : "y",
      name: this.backward ? `y ${y}` : full.slice(2, -1),
      value: this.backward ? shown(this.dy[cell]) : y,
      tag: this.backward && waits ? "waits" : "",
      tagRole: "gradient",
      state: this.state("output", cell, target),
      says: `${full} = ${y}${this.backward ? `, d${full} = ${shown(this.dy[cell])}` : ""}${waits ? ", waits" : ""}`,
      pinned: pinned?.kind === "output" && pinned.cell === cell,
    };
  }

  showEditor(pinned) {
    if (!this.editable(pinned)) {
      if (!this.slot.querySelector("p")) this.slot.replaceChildren(element("p", { class: "cb-hint" }, "Pin a cell to change its number."));
      return;
    }
    const slider = this.sliders[pinned.kind];
    const name = this.table.names[GRIDS[pinned.kind]][pinned.cell];
    slider.root.firstChild.textContent = pinned.kind === "input" ? name : "d" + name;
    slider.show((pinned.kind === "input" ? this.answers.values : DY_TEXTS).indexOf(this.number(pinned)));
    if (this.slot.firstChild !== slider.root) this.slot.replaceChildren(slider.root);
  }

  pieces({ kind, cell }) {
    if (this.backward) return backwardPieces(this.table, this.now, this.dy, kind, cell);
    return forwardPieces(this.table, this.now, this.kind, this.model.get("p"), this.answers, this.x, kind, cell);
  }

  tell(target) {
    this.frame.general.textContent = GENERAL[this.kind][Number(this.backward)];
    const check = this.backward ? checkLine(this.table, this.now, this.kind, this.x, this.dy) : "";
    const pieces = target && !this.table.empty ? this.pieces(target) : [];
    const chips = pieces.map((piece) => (Array.isArray(piece) ? chip(...piece) : piece));
    this.frame.strip.replaceChildren(element("p", {}, ...chips), element("p", { class: "cb-check" }, check));
    const said = this.table.empty || [written(pieces), check].filter(Boolean).join(". ") || "Nothing is pointed at.";
    this.frame.says.replaceChildren(element("span", { class: pieces.length ? "cb-hidden" : "" }, said));
  }

  twin() {
    const { table, now, x, dy } = this;
    if (table.empty) return [element("p", {}, table.empty)];
    const real = [...x.keys()].filter((cell) => !table.padding[cell]);
    const windows = table.names.y.map((name, o) => [name, shown(now.windows[o].y), shown(dy[o]), written(backwardPieces(table, now, dy, "output", o))]);
    const cells = real.map((cell) => [table.names.x[cell], shown(x[cell]), written(backwardPieces(table, now, dy, "input", cell))]);
    return [
      element("p", {}, checkLine(table, now, this.kind, x, dy)),
      writtenTable("Windows", ["output", "y", "dy", "where dy goes"], windows),
      writtenTable("Cells of the input", ["cell", "x", "dx written out"], cells),
    ];
  }
}

export default { render: rendered("cb-pool-routing", View, { [TABLES]: "draw", "x dy kind direction": "change", selection: "settle" }) };
