// The view of ChainByHand: numbers that can be typed or dragged, the forward lane, the backward lane beside it, and one update.

const CHAIN_ROWS = [
  [["x"], ["dx"], "x", "the input"],
  [["w", "b"], ["dw", "db"], "w", "the filter, and the bias b"],
  [["y"], ["dy"], "y", "the output"],
  [["t"], [], "given", "the targets"],
  [["m"], [], "given", "answer minus target"],
  [["L"], ["dL"], "given", "the loss"],
  [["w′", "b′"], ["L′"], "w", "after the update, and the new loss"],
];
const HEADS = { x: "x", w: "w", y: "y", t: "t", m: "y − t", L: "L", "w′": "w′" };
const MOST_LINES = 4;
const ON_THE_WAY = ["y′", "m′"]; // between the update and its loss: in the written twin only
const MOST_NUMBER = 1_000_000;
const PIXELS = 10; // a drag of so many changes a number by 1

function letters(cell) {
  return cell.replace(/\d+$/, "");
}

function chainRole(cell) {
  const letter = letters(cell);
  if (letter.startsWith("d")) return letter === "dL" ? "given" : "gradient";
  return { x: "x", w: "w", b: "w", "w′": "w", "b′": "w", y: "y", "y′": "y" }[letter] ?? "given";
}

class View {
  constructor(model, el) {
    this.model = model;
    this.hover = this.focus = this.pinned = null;
    this.earned = new Set();
    this.sums = readChain(model.get("sums"));
    this.frame = new Frame(el, {
      question: "How does every number pull at the loss?",
      hint: "Type another number into x, w, b or t, or drag it sideways. Point at any other cell to see its sum.",
      twin: "All numbers, written out",
      write: () => this.written(),
    });
    this.frame.root.classList.add("cb-beside");
    this.stepper = new Stepper(this.frame.root, model.get("steps").length, (step) => this.set({ step }));
    const { eta } = model.get("options");
    this.eta = new Slider("Learning rate η", eta.map(numberText), (number) => this.set({ eta: eta[number] }));
    this.update = button("Take this step", () => this.takeStep());
    const anew = button("Start again", () => this.set({ ...model.get("start"), losses: [] }));
    this.trail = element("p", { class: "cb-trail" });
    this.frame.controls.append(this.stepper.root, this.eta.root, this.update, anew);
    this.frame.side.append(this.makeAnswer(), this.trail);
    this.build();
    this.settle();
  }

  // The reader's own answer to the first cell that is still hidden.
  makeAnswer() {
    this.asked = element("span", {});
    this.typed = element("input", { type: "number", step: "any", class: "cb-typed" });
    this.typed.addEventListener("keydown", (event) => event.key === "Enter" && this.check());
    this.answer = element("div", { class: "cb-answer" }, element("label", {}, this.asked, " ", this.typed), button("Check", () => this.check()));
    return this.answer;
  }

  set(numbers) {
    for (const [name, value] of Object.entries(numbers)) this.model.set(name, value);
    this.model.save_changes();
    this.settle();
  }

  given() {
    const cells = { b: this.model.get("b"), η: this.model.get("eta"), dL: 1 };
    for (const line of ["x", "w", "t"]) this.model.get(line).forEach((value, at) => (cells[line + at] = value));
    return cells;
  }

  isShown(cell) {
    const steps = this.model.get("steps").slice(this.model.get("step") + 1);
    return this.earned.has(cell) || !steps.some(([names]) => names.split(" ").includes(letters(cell)));
  }

  build() {
    const values = work(this.sums, this.given());
    const cellsOf = (names) => names.flatMap((name) => Object.keys(values).filter((cell) => letters(cell) === name));
    this.grids = [];
    this.inputs = new Map();
    const lane = (names, word) => {
      const cells = cellsOf(names);
      if (names.some((name) => "xwt".includes(name))) return element("div", { class: "cb-inputs" }, ...cells.map((cell) => this.makeInput(cell)));
      if (!cells.length) return element("div");
      const act = { hover: (at) => this.point("hover", cells, at), focus: (at) => this.point("focus", cells, at), pin: (at) => this.pin(cells[at]), unpin: () => this.pin(null) };
      const grid = new CellGrid(word, cells.length, cells.length, act);
      this.grids.push([grid, cells]);
      return grid.root;
    };
    this.lines = CHAIN_ROWS.map(([left, right, role, words]) => {
      const caption = element("p", { class: "cb-caption" }, chip(role, HEADS[left[0]]), " " + words);
      const beside = right.length ? "" : " cb-alone";
      return element("div", { class: "cb-line" + beside }, caption, lane(left, words), lane(right, right.map((name) => (name === "L′" ? "the loss after the update" : `gradient ${name}`)).join(" and ")));
    });
    const heads = element("div", { class: "cb-lanes", "aria-hidden": "true" }, element("span", {}, "forward ↓"), element("span", {}, "backward ↑"));
    this.frame.picture.replaceChildren(heads, ...this.lines);
  }

  makeInput(cell) {
    const input = element("input", { type: "number", step: "any", class: "cb-input", "aria-label": cellName(cell) });
    const box = element("div", { class: `cb-box cb-is-${chainRole(cell)}` }, element("span", { class: "cb-name" }, cellName(cell)), input);
    input.addEventListener("input", () => this.edit(cell, input.value === "" ? NaN : Number(input.value)));
    input.addEventListener("blur", () => this.paint());
    const gradient = this.sums.has("d" + cell) ? "d" + cell : null;
    const point = (way) => (event) => {
      this[way] = event.type === "pointerenter" || event.type === "focus" ? gradient : null;
      this.paint();
    };
    for (const [way, names] of [["hover", ["pointerenter", "pointerleave"]], ["focus", ["focus", "blur"]]]) {
      for (const name of names) input.addEventListener(name, point(way));
    }
    this.drag(input, cell);
    this.inputs.set(cell, { input, box });
    return element("div", { class: "cb-cell" }, box);
  }

  drag(input, cell) {
    let start = null;
    input.addEventListener("pointerdown", (event) => (start = { at: event.clientX, value: work(this.sums, this.given())[cell] }));
    input.addEventListener("pointermove", (event) => {
      if (!start || !event.buttons) return;
      const moved = Math.trunc((event.clientX - start.at) / PIXELS);
      if (!moved && !start.moving) return;
      start.moving = true;
      if (!input.hasPointerCapture(event.pointerId)) input.setPointerCapture(event.pointerId);
      event.preventDefault();
      this.edit(cell, start.value + moved, true);
    });
    for (const end of ["pointerup", "pointercancel"]) input.addEventListener(end, () => (start = null));
  }

  edit(cell, value, show = false) {
    const { input } = this.inputs.get(cell);
    const bad = !(Math.abs(value) <= MOST_NUMBER);
    input.setAttribute("aria-invalid", bad);
    if (bad) return;
    const letter = letters(cell);
    const now = this.model.get(letter);
    const at = Number(cell.slice(letter.length));
    this.earned.clear();
    this.set({ [letter]: letter === "b" ? value : now.map((old, place) => (place === at ? value : old)), losses: [] });
    if (show) input.value = value;
  }

  point(way, cells, at) {
    this[way] = at === null ? null : cells[at];
    this.paint();
  }

  pin(cell) {
    this.pinned = cell === this.pinned ? null : cell;
    this.hover = this.focus = null;
    this.paint();
  }

  check() {
    const cell = this.next;
    if (!cell || this.typed.value === "") return;
    const right = Math.abs(Number(this.typed.value) - this.values[cell]) < 0.005;
    const said = `${cellName(cell)} = ${numberText(Number(this.typed.value))}`;
    this.typed.value = "";
    if (!right) {
      const hint = sideText(this.sums.get(cell), cellName);
      this.frame.says.textContent = `✗ Not ${said}. Work out ${cellName(cell)} = ${hint}.`;
      return;
    }
    this.earned.add(cell);
    const steps = this.model.get("steps");
    const isDone = (step) => [...this.sums.keys()].every((other) => !steps[step][0].split(" ").includes(letters(other)) || this.isShown(other));
    const step = this.model.get("step");
    this.pinned = cell;
    this.set(isDone(step + 1) ? { step: step + 1 } : {});
    this.frame.says.prepend(`✓ ${said} is right. `);
  }

  takeStep() {
    if (this.update.getAttribute("aria-disabled") === "true") return;
    const { values } = this;
    const w = this.model.get("w").map((_, at) => values["w′" + at]);
    this.earned.clear();
    this.set({ w, b: values["b′"], losses: [...this.model.get("losses"), values.L] });
  }

  settle() {
    this.stepper.step = this.model.get("step");
    this.stepper.mark();
    this.eta.show(this.model.get("options").eta.indexOf(this.model.get("eta")));
    this.paint();
    this.frame.write();
  }

  paint() {
    const values = (this.values = work(this.sums, this.given()));
    const pointed = [this.hover, this.focus, this.pinned].find((cell) => cell && this.isShown(cell));
    const factors = new Set(pointed ? (this.sums.get(pointed) ?? []).flatMap(({ cells }) => cells) : []);
    const rows = this.model.get("steps")[this.model.get("step")][0].split(" ");
    const state = (cell) => (cell === pointed ? "active" : factors.has(cell) ? "lit" : pointed ? "quiet" : rows.includes(letters(cell)) ? "lit" : "plain");
    for (const [grid, cells] of this.grids) {
      cells.forEach((cell, at) => {
        const shown = this.isShown(cell);
        const value = shown ? numberText(values[cell]) : "?";
        const says = `${cellName(cell)} ${shown ? "= " + value : "is not worked out yet"}`;
        const name = cellName(cell).replace(/\(.*\)/, "");
        grid.paint(at, { role: chainRole(cell), name, value, tag: "", tagRole: "w", state: shown ? state(cell) : "quiet", says, pinned: cell === this.pinned });
        grid.cells[at].parts[1].dataset.long = value.length > 6 ? 2 : value.length > 4 ? 1 : 0;
      });
    }
    for (const [cell, { input, box }] of this.inputs) {
      const text = String(Number(values[cell].toFixed(4)));
      if (document.activeElement !== input || (input.value !== "" && Number(input.value) !== values[cell])) [input.value] = [text];
      if (Number(input.value) === Number(text)) input.setAttribute("aria-invalid", false);
      input.dataset.long = text.length > 6 ? 2 : text.length > 4 ? 1 : 0;
      box.className = `cb-box cb-is-${chainRole(cell)} cb-${factors.has(cell) ? "lit" : pointed && pointed !== "d" + cell ? "quiet" : "plain"}`;
    }
    this.lines.at(-1).hidden = !["w′", "b′", "L′"].some((letter) => [...this.sums.keys()].some((cell) => letters(cell) === letter && this.isShown(cell)));
    this.next = [...this.sums.keys()].find((cell) => !this.isShown(cell) && !ON_THE_WAY.includes(letters(cell)));
    this.tell(pointed);
  }

  tell(pointed) {
    const { model, sums, values } = this;
    const [names, sentence] = model.get("steps")[model.get("step")];
    const cells = pointed ? [pointed] : [...sums.keys()].filter((cell) => names.split(" ").includes(letters(cell)) && !ON_THE_WAY.includes(letters(cell)));
    const lines = cells.length > MOST_LINES ? cells.slice(0, MOST_LINES - 1) : cells;
    const more = cells.length - lines.length;
    this.frame.strip.replaceChildren(...lines.map((cell) => this.line(cell)), ...(more ? [element("p", {}, `… and ${more} more, in writing below`)] : []));
    this.frame.general.textContent = pointed ? "" : sentence;
    const spoken = pointed ? chainText(sums, values, pointed) : `${sentence} ${cells.map((cell) => `${cellName(cell)} = ${numberText(values[cell])}`).join(", ")}`;
    this.frame.says.replaceChildren(element("span", { class: "cb-hidden" }, spoken));
    this.answer.hidden = !this.next;
    this.asked.textContent = this.next ? `Your turn: ${cellName(this.next)} =` : "";
    const far = ["b′", ...[...sums.keys()].filter((cell) => letters(cell) === "w′")].some((cell) => !(Math.abs(values[cell]) <= MOST_NUMBER));
    this.update.setAttribute("aria-disabled", far || !this.isShown("b′"));
    const losses = [...model.get("losses"), values.L].map(numberText);
    this.trail.textContent = losses.length > 1 ? `The loss so far: ${losses.slice(-6).join(" → ")}` : "";
  }

  // One sum in chips, and behind it its numbers.
  line(cell) {
    const terms = this.sums.get(cell) ?? [];
    const text = chainText(this.sums, this.values, cell).split(" = ");
    const product = ({ coefficient, cells }, number) => {
      const sign = number ? (coefficient === -1 ? " − " : " + ") : " = ";
      const squared = cells.length === 2 && cells[0] === cells[1];
      const chips = (squared ? cells.slice(1) : cells).flatMap((factor, at) => [at ? "\u2009·\u2009" : "", chip(chainRole(factor), cellName(factor))]);
      return [sign, element("span", { class: "cb-term" }, HALVES[coefficient] ? HALVES[coefficient] + "·" : "", ...chips, squared ? "²" : "")];
    };
    const numbers = terms.length ? [" = " + text.at(-2)] : [];
    return element("p", {}, chip(chainRole(cell), cellName(cell)), ...terms.flatMap(product), ...numbers, " = ", element("strong", {}, text.at(-1)));
  }

  written() {
    const cells = Object.keys(this.values).filter((cell) => cell !== "dL");
    const row = (cell) => [cellName(cell), ...(this.isShown(cell) ? [numberText(this.values[cell]), chainText(this.sums, this.values, cell)] : ["?", "not worked out yet"])];
    return [writtenTable("Every number", ["cell", "number", "written out"], cells.map(row))];
  }
}

export default { render: rendered("cb-chain-by-hand", View, { "x w t b eta step losses": "settle" }) };
