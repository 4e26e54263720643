// The view of NetworkStepper: the picture, a card for each layer with its maps above and their gradients below, one map
// enlarged, and steps forward and back through the cards.

const WAYS = ["forward", "backward"];
const LETTERS = { forward: "y", backward: "dy" };

class View {
  constructor(model, el) {
    this.model = model;
    this.hover = this.focus = null;
    this.frame = new Frame(el, {
      question: "What does each layer do to a digit, and to its gradient?",
      hint: "Maps above, their gradients δ below. A square's area is the size of a number; a hollow square is negative. Pick a map to enlarge it.",
      twin: "Every layer in writing",
      write: () => this.twin(),
    });
    this.makeControls();
    this.draw();
  }

  makeControls() {
    const { frame, model } = this;
    const labels = model.get("labels");
    [this.samples, this.label] = choice("Digit", labels.map((label, number) => `${label} (number ${number + 1})`), (number) => this.set("sample", number));
    this.samples.disabled = labels.length < 2;
    this.stepper = new Stepper(frame.root, 2 * model.get("stages").length, (step) => this.stepTo(step));
    this.ways = new Switch("Enlarged", ["y", "δ"], (number) => this.set("direction", WAYS[number]));
    frame.controls.append(this.label, this.stepper.root, this.ways.root);
    const question = "the network is sure and right. How long is the gradient that comes back?";
    frame.twin.before(guess(question, "Nearly zero: at the scores it is softmax − one-hot, and both are almost the same. A digit that is read wrongly sends the longest gradients."));
  }

  set(name, value) {
    this.model.set(name, value);
    this.model.save_changes();
  }

  // Another sample: every map is drawn anew.
  draw() {
    const { model } = this;
    this.pass = readPass(model.get("stages"), model.get("passes")[model.get("sample")]);
    this.samples.selectedIndex = model.get("sample");
    const longest = largestOf(this.pass.map((stage) => stage.norm));
    this.cards = this.pass.map((stage, number) => this.card(stage, number, longest));
    this.large = element("div", { class: "cb-large" });
    this.shown = "";
    const row = element("div", { class: "cb-cards" }, ...this.cards.map((card) => card.root));
    this.frame.picture.classList.add("cb-network");
    this.frame.picture.replaceChildren(this.portrait(), this.large, row);
    this.settle();
    this.frame.write();
  }

  // The picture itself, with a frame around what a unit reads.
  portrait() {
    const [stage] = this.pass;
    const { columns, units } = shapeOf(stage);
    this.field = drawn("rect", { class: "cb-field" });
    this.image = mapPicture(stage.lists.y.slice(0, units), columns, largestOf(stage.lists.y));
    this.image.append(this.field);
    return element("div", { class: "cb-portrait cb-is-x" }, element("p", { class: "cb-caption" }, chip("x", "x"), " the picture"), this.image);
  }

  card(stage, number, longest) {
    const { maps, columns, units } = shapeOf(stage);
    const root = element("div", { class: "cb-card" });
    const grid = new CellGrid(`${stage.name}, maps above, gradients below`, 2 * maps, maps, {
      hover: () => {},
      focus: () => {},
      pin: (cell) => this.choose(number, cell, maps),
      unpin: () => this.set("selection", {}),
    });
    WAYS.forEach((way, below) => {
      const all = stage.lists[LETTERS[way]];
      grid.cells.slice(below * maps).slice(0, maps).forEach((cell, map) => {
        cell.parts[1].replaceChildren(mapPicture(all.slice(map * units).slice(0, units), columns, largestOf(all)));
      });
    });
    const bar = element("div", { class: "cb-bar cb-is-gradient" }, element("span", {}));
    bar.firstChild.style.width = `${(100 * stage.norm) / longest}%`;
    const norms = element("p", { class: "cb-norm" }, `‖δ‖ ${stage.norms[0]}`, ...(stage.norms[1] ? [element("br"), `‖dw‖ ${stage.norms[1]}`] : []));
    root.append(element("p", { class: "cb-caption" }, stage.name), grid.root, bar, norms);
    return { root, grid, maps };
  }

  choose(stage, cell, maps) {
    const { shape } = this.pass[stage];
    const middle = shape.map((n) => Math.floor(n / 2));
    const index = shape.length > 1 ? [cell % maps, ...middle.slice(1)] : middle;
    this.model.set({ direction: WAYS[Math.floor(cell / maps)], selection: { stage, index } });
    this.model.save_changes();
  }

  stepTo(step) {
    const count = this.pass.length;
    const stage = step < count ? step : 2 * count - 1 - step;
    const index = this.pass[stage].shape.map((n, axis) => (axis || this.pass[stage].shape.length === 1 ? Math.floor(n / 2) : 0));
    this.model.set({ step, direction: WAYS[step < count ? 0 : 1], selection: { stage, index } });
    this.model.save_changes();
  }

  settle() {
    this.hover = this.focus = null;
    this.stepper.step = this.model.get("step");
    this.stepper.mark();
    this.ways.show(WAYS.indexOf(this.model.get("direction")));
    this.enlarge();
    this.paint();
  }

  // How far the passes have come: the stages that have their y, and those that have their δ.
  reached(number, way) {
    const step = this.model.get("step");
    return way === "forward" ? number <= step : step >= 2 * this.pass.length - 1 - number;
  }

  // The chosen map with its numbers.
  enlarge() {
    const { stage: number, index } = this.model.get("selection");
    const way = this.model.get("direction");
    const map = index?.length > 1 ? index[0] : 0;
    const key = index ? [number, way, map, this.reached(number, way)].join() : "none";
    if (key === this.shown) return;
    this.shown = key;
    if (!index) return this.large.replaceChildren(element("p", { class: "cb-hint" }, "Pick a map to enlarge it."));
    const stage = this.pass[number];
    const { columns, units } = shapeOf(stage);
    this.first = map * units;
    const title = `${stage.name}${stage.shape.length > 1 ? `, map ${map}` : ""}: ${way === "forward" ? "y" : "δ"}`;
    this.cells = new CellGrid(`enlarged, ${title}`, units, columns, {
      hover: (cell) => this.preview("hover", cell),
      focus: (cell) => this.preview("focus", cell),
      pin: (cell) => this.pin(cell),
      unpin: () => this.set("selection", {}),
    });
    this.indices = everyCell(stage.shape.map((n) => [...Array(n).keys()]));
    const letter = way === "forward" ? chip("y", "y") : chip("gradient", "δ");
    const head = element("p", { class: "cb-caption" }, letter, ` ${stage.name}${stage.shape.length > 1 ? `, map ${map}` : ""}`);
    const before = this.large.contains(document.activeElement);
    this.large.replaceChildren(head, this.cells.root);
    if (before) this.cells.stop.focus();
  }

  preview(which, cell) {
    this[which] = cell;
    this.paint();
  }

  pinnedUnit() {
    const { index } = this.model.get("selection");
    return index ? this.indices.findIndex((found) => found.join() === index.join()) : -1;
  }

  pin(cell) {
    this.set("selection", { stage: this.model.get("selection").stage, index: this.indices[this.first + cell] });
  }

  paint() {
    const { stage: chosen, index } = this.model.get("selection");
    const way = this.model.get("direction");
    this.cards.forEach((card, number) => {
      const stage = this.pass[number];
      card.root.classList.toggle("cb-now", number === chosen);
      card.root.classList.toggle("cb-waits", !this.reached(number, "backward"));
      card.grid.cells.forEach((_, cell) => {
        const mine = WAYS[Math.floor(cell / card.maps)];
        const map = cell % card.maps;
        const here = number === chosen && mine === way && (stage.shape.length < 2 || map === index[0]);
        const waits = !this.reached(number, mine);
        const says = `${stage.name}${card.maps > 1 ? ` map ${map}` : ""}, ${mine === "forward" ? "y" : "δ"}${waits ? ", not computed yet" : ""}`;
        const state = waits ? "waiting" : here ? "active" : "plain";
        this.look(card.grid, cell, mine === "backward" ? "gradient" : number ? "y" : "x", state, says, here);
      });
    });
    if (index) this.paintLarge(chosen, way);
    this.tell();
  }

  // A card's cell keeps its picture; only its frame and its words change.
  look(grid, number, role, state, says, here) {
    const cell = grid.cells[number];
    cell.box.className = `cb-box cb-is-${role} cb-${state}`;
    cell.setAttribute("aria-label", says);
    cell.setAttribute("aria-selected", here);
  }

  paintLarge(number, way) {
    const stage = this.pass[number];
    const pinned = this.pinnedUnit();
    this.cells.cells.forEach((_, cell) => {
      const unit = this.first + cell;
      const [text, other] = [LETTERS[way], way === "forward" ? "dy" : "y"].map((name) => stage.texts[name][unit]);
      const waits = !this.reached(number, way);
      this.cells.paint(cell, {
        role: way === "backward" ? "gradient" : number ? "y" : "x",
        name: this.indices[unit].slice(-2).join(","),
        value: waits ? "?" : text,
        tag: "",
        tagRole: "x",
        state: pinned === unit ? "active" : "plain",
        says: waits ? `${this.name(stage, unit)}, not computed yet` : `${this.name(stage, unit)}, ${way === "forward" ? "y" : "δ"} = ${text}${this.reached(number, way === "forward" ? "backward" : "forward") ? `, ${way === "forward" ? "δ" : "y"} = ${other}` : ""}`,
        pinned: pinned === unit,
      });
    });
  }

  name(stage, unit) {
    return `${stage.name}[${this.indices[unit].join(",")}]`;
  }

  // The rows and the columns of the picture that a unit reads.
  reads(stage, unit) {
    const index = this.indices[unit];
    return stage.spans.map((text, axis) => {
      const cells = text.split(";");
      return (cells[stage.shape.length > 1 ? index[axis + 1] : 0] ?? "").split(" ").map(Number);
    });
  }

  tell() {
    const { stage: number, index } = this.model.get("selection");
    const cell = this.hover ?? this.focus;
    const unit = !index ? -1 : cell === null ? this.pinnedUnit() : this.first + cell;
    this.frame.general.textContent = this.verdict();
    if (unit < 0) {
      this.field.setAttribute("width", 0);
      this.frame.strip.replaceChildren();
      this.frame.says.textContent = "No unit is pointed at.";
      return;
    }
    const stage = this.pass[number];
    const spans = this.reads(stage, unit);
    const nothing = spans.some((span) => span.length < 2);
    const [[top, bottom], [left, right]] = spans;
    const frame = nothing ? { width: 0 } : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
    for (const [name, value] of Object.entries(frame)) this.field.setAttribute(name, value);
    const words = ["rows", "columns"].map((word, axis) => {
      const [first, last] = spans[axis];
      return last > first ? `${word} ${first} to ${last}` : `${word.slice(0, -1)} ${first}`;
    });
    const y = this.reached(number, "forward") ? stage.texts.y[unit] : "?";
    const dy = this.reached(number, "backward") ? stage.texts.dy[unit] : "?";
    const reads = nothing ? "It reads padding only." : `It reads ${words.join(" and ")} of the picture.`;
    this.frame.strip.replaceChildren(
      element("p", {}, chip(number ? "y" : "x", this.name(stage, unit)), ` = ${y},  `, chip("gradient", "δ"), ` = ${dy}`),
      element("p", {}, reads),
      element("p", { class: "cb-general" }, stage.layer),
    );
    this.frame.says.replaceChildren(element("span", { class: "cb-hidden" }, `${this.name(stage, unit)} = ${y}, δ = ${dy}. ${reads}`));
  }

  verdict() {
    const label = this.model.get("labels")[this.model.get("sample")];
    const { texts, lists } = this.pass.at(-2);
    if (!this.reached(this.pass.length - 1, "forward")) return `The digit is a ${label}.`;
    const read = lists.y.indexOf(lists.y.reduce((best, p) => (p > best ? p : best)));
    return `A ${label} is read as ${read}; p(${label}) = ${texts.y[label]}, loss = ${this.pass.at(-1).texts.y[0]}.`;
  }

  twin() {
    const rows = this.pass.map((stage) => [stage.name, stage.layer, stage.shape.join(" × "), ...stage.norms.map((text) => text || "none")]);
    const stage = this.pass[this.model.get("selection").stage ?? 0];
    const named = everyCell(stage.shape.map((n) => [...Array(n).keys()])).map((index, unit) => [`${stage.name}[${index.join(",")}]`, stage.texts.y[unit], stage.texts.dy[unit]]);
    return [
      element("p", {}, this.verdict()),
      writtenTable("Layers", ["card", "layer", "shape", "‖δ‖", "‖dw‖"], rows),
      writtenTable(`Every unit of ${stage.name}`, ["unit", "y", "δ"], named),
    ];
  }
}

const change = { "passes sample": "draw", "step direction selection": "settle" };
export default { render: rendered("cb-network-stepper", View, change) };
