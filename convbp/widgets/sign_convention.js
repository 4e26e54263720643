// The view of SignConvention: a row that lies still, the row that is laid on it, and the row of results. Every cell stands in the
// column of its own index; where the moving row lies for each result was asked of the library.

const SYMBOL = { correlation: "⋆", convolution: "∗" };
const TABS = { y: "forward: y", dx: "backward: dx", dw: "backward: dw" };
const WORDS = { x: "the input", w: "the filter", y: "the output", dy: "the gradient of the output", dx: "the gradient of the input", dw: "the gradient of the filter" };
const ROLE = { x: "x", w: "w", y: "y", dy: "gradient", dx: "gradient", dw: "gradient" };
const BOXED = /[{}]/;

function readRow(packed) {
  const [letter, at, values] = packed.split(";");
  const row = { letter, at: unpack(at)[0] ?? [], values: unpack(values)[0] ?? [] };
  row.name = (index) => signed(`${letter}[${index}]`);
  row.value = (index) => row.values[row.at.indexOf(index)];
  return row;
}

function readSigns(packed) {
  const table = { ...packed, columns: unpack(packed.columns)[0] };
  for (const row of ["still", "moved", "result"]) table[row] = readRow(packed[row]);
  table.places = unpack(packed.places).map((numbers) => {
    const [at, index] = [0, 1].map((turn) => numbers.filter((_, number) => number % 2 === turn));
    return at.map((column, pair) => ({ column, index: index[pair] }));
  });
  return table;
}

function isPad(table, row, index) {
  return row.letter === "x" && !(index in [...Array(table.real)]);
}

// The products that meet in one cell of the result, as names and as numbers.
function met(table, step) {
  const { still, moved } = table;
  const bracketed = (value) => (value < 0 ? `(${signed(value)})` : String(value));
  return table.places[step]
    .filter(({ column }) => still.at.includes(column))
    .map(({ column, index }) => {
      const pad = isPad(table, still, column);
      const factors = [
        { role: ROLE[moved.letter], text: moved.name(index), number: bracketed(moved.value(index)) },
        { role: pad ? "padding" : ROLE[still.letter], text: pad ? "0" : still.name(column), number: bracketed(still.value(column)) },
      ];
      return { column, index, pad, factors: moved.letter === "dy" ? factors.toReversed() : factors };
    });
}

function sumText(table, step) {
  const terms = met(table, step);
  const written = (part) => terms.map(({ factors }) => factors.map((factor) => factor[part]).join("·")).join(" + ");
  const { result } = table;
  return [result.name(result.at[step]), ...(terms.length ? [written("text"), written("number")] : []), signed(result.values[step])].join(" = ");
}

function joinedWords(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

function sentenceOf(table, step, convention) {
  const { still, moved, result } = table;
  const terms = met(table, step);
  const name = result.name(result.at[step]);
  const place = ({ column, pad }) => (pad ? "padding" : still.name(column));
  if (result.letter === "y") {
    const end = convention === "correlation" ? "first" : "last";
    return `${name} is named after the ${end} cell of its window: ${joinedWords(terms.map((term) => `${moved.name(term.index)} on ${place(term)}`))}.`;
  }
  if (!terms.length) return `No output reads ${name.slice(1)}, so ${name} = 0.`;
  if (result.letter === "dx") return `${name.slice(1)} is read by ${joinedWords(terms.map((term) => `${place(term).slice(1)} through ${moved.name(term.index)}`))}.`;
  return `${name.slice(1)} meets ${joinedWords(terms.map((term) => `${place(term)} in ${moved.name(term.index).slice(1)}`))}.`;
}

// Text whose sign stands in braces, with the sign in a box.
function boxed(text) {
  return text.split(BOXED).map((part, number) => (number % 2 ? element("b", { class: "cb-sign" }, part) : part));
}

class View {
  constructor(model, el) {
    this.model = model;
    this.hover = this.focus = null;
    this.frame = new Frame(el, {
      question: "What does one sign change?",
      hint: "Switch the sign, and look at the filter, at the index of the result and at the box in the formula.",
      twin: "Both conventions, and all sums of this picture, written out",
      write: () => this.written(),
    });
    const names = (option) => model.get("options")[option];
    this.signs = this.makeSwitch("Sign", "convention", (option) => `${SYMBOL[option]} ${option}`);
    this.passes = this.makeSwitch("Pass", "shown", (option) => TABS[option]);
    this.frame.root.classList.add("cb-beside");
    this.frame.root.insertBefore(element("div", { class: "cb-switches" }, this.signs.root, this.passes.root), this.frame.picture);
    this.stepper = new Stepper(this.frame.root, 1, (step) => this.pin(step), "place");
    this.frame.controls.append(this.stepper.root);
    if (names("mode").length > 1) {
      const [select, label] = choice("Range", names("mode"), (number) => this.set("mode", names("mode")[number]));
      this.modes = select;
      this.frame.controls.append(label);
    }
    this.code = element("pre", { class: "cb-code", tabindex: 0, "aria-label": "the same in Python" });
    this.frame.side.append(this.code);
    const asked = "forward, tap k lies on cell o + k. Where do you look for the gradient of cell i?";
    const answer = "At dy[i − k]: the arrow is the same, but you stand at its other end. Turn the sign of the forward pass, and that of the gradient turns too. The code, which hands out instead of collecting, keeps the sign of the forward pass.";
    this.frame.root.insertBefore(guess(asked, answer), this.frame.twin);
    this.draw();
  }

  makeSwitch(label, option, text) {
    const options = this.model.get("options")[option];
    return new Switch(label, options.map(text), (number) => this.set(option, options[number]));
  }

  set(name, value) {
    this.model.set(name, value);
    this.model.save_changes();
  }

  draw() {
    this.convention = this.model.get("convention");
    this.signs.show(optionNumber(this.model, "convention"));
    this.passes.show(optionNumber(this.model, "shown"));
    if (this.modes) this.modes.selectedIndex = optionNumber(this.model, "mode");
    const before = this.table;
    const table = (this.table = readSigns(chosenTable(this.model)));
    const turns = before?.result.letter === table.result.letter && before.turned !== table.turned;
    this.hover = this.focus = null;
    this.stepper.count = Math.max(table.places.length, 1);
    this.grids = { still: this.grid("still"), result: this.grid("result") };
    this.strip = element("div", { class: "cb-laid" + (turns ? " cb-turning" : ""), "aria-hidden": "true" });
    this.column = element("div", { class: "cb-column-mark", "aria-hidden": "true" });
    const still = [this.caption(table.still), this.grids.still.root];
    const result = [this.caption(table.result), table.empty ? element("p", { class: "cb-empty" }, table.empty) : this.grids.result.root];
    const laid = table.moved.letter === "w" ? `${WORDS.w}, ${table.turned ? "turned round" : "as it is"}` : WORDS.dy;
    const moved = [this.caption(table.moved, laid), element("div", { class: "cb-rail" }, this.strip)];
    const order = table.result.letter === "dx" ? [result, moved, still] : [still, moved, result];
    const stage = element("div", { class: "cb-stage" }, this.column, ...order.flat());
    stage.style.setProperty("--cb-columns", table.columns.length);
    this.frame.picture.replaceChildren(stage);
    this.paint();
    this.frame.write();
  }

  caption({ letter }, words = WORDS[letter]) {
    return element("p", { class: "cb-caption" }, chip(ROLE[letter], letter), " " + words);
  }

  grid(which) {
    const row = this.table[which];
    const answers = which === "result";
    const look = (way) => (cell) => answers && this.preview(way, cell);
    const act = { hover: look("hover"), focus: look("focus"), pin: (cell) => answers && this.pin(cell), unpin: () => this.settle() };
    const made = new CellGrid(`${row.letter}, ${WORDS[row.letter]}`, row.at.length, row.at.length || 1, act);
    made.cells.forEach((cell, number) => cell.style.setProperty("--cb-at", this.table.columns.indexOf(row.at[number])));
    return made;
  }

  preview(way, cell) {
    this[way] = cell;
    this.paint();
  }

  pinned() {
    return Math.min(this.model.get("step"), this.stepper.count - 1);
  }

  pin(step) {
    this.set("step", step);
    this.settle();
  }

  settle() {
    this.hover = this.focus = null;
    this.paint();
  }

  paint() {
    const { table } = this;
    const step = this.hover ?? this.focus ?? this.pinned();
    this.stepper.step = this.pinned();
    this.stepper.mark();
    if (table.empty) return this.tellEmpty();
    const terms = met(table, step);
    table.still.at.forEach((index, cell) => this.grids.still.paint(cell, this.look(table.still, index, terms.some(({ column }) => column === index) ? "lit" : "quiet")));
    table.result.at.forEach((index, cell) => {
      this.grids.result.paint(cell, this.look(table.result, index, cell === step ? "active" : "plain", cell === this.pinned()));
    });
    this.lay(step, terms);
    this.column.style.setProperty("--cb-at", table.columns.indexOf(table.result.at[step]));
    this.column.className = `cb-column-mark cb-is-${ROLE[table.result.letter]}`;
    this.tell(step, terms);
  }

  look(row, index, state, pinned = false) {
    const pad = isPad(this.table, row, index);
    const value = signed(row.value(index));
    const says = pad ? `padding ${row.name(index)}, counts as 0` : `${row.name(index)} = ${value}${state === "lit" ? ", under the " + (this.table.moved.letter === "w" ? "filter" : "gradients") : ""}`;
    return { role: pad ? "padding" : ROLE[row.letter], name: row.name(index), value, tag: "", tagRole: "w", state, says, pinned };
  }

  // Put the moving row where it lies for this place; a cell of it that meets nothing is marked.
  lay(step, terms) {
    const { moved, places, columns } = this.table;
    const inOrder = columns.flatMap((column) => places[step].filter((pair) => pair.column === column));
    const cells = inOrder.map(({ column, index }) => {
      const meets = terms.some((term) => term.column === column);
      const parts = [["name", moved.name(index)], ["value", signed(moved.value(index))], ["tag", meets ? "" : "∅"]];
      const box = element("div", { class: `cb-box cb-is-${ROLE[moved.letter]} cb-${meets ? "lit" : "quiet"}` });
      box.append(...parts.map(([part, text]) => element("span", { class: "cb-" + part }, text)));
      return element("div", { class: "cb-cell" }, box);
    });
    this.strip.replaceChildren(...cells);
    this.strip.style.setProperty("--cb-at", columns.indexOf(inOrder[0].column));
  }

  tell(step, terms) {
    const { table } = this;
    const term = ({ factors: [one, other] }, number) => [number ? " + " : " = ", element("span", { class: "cb-term" }, chip(one.role, one.text), "\u2009·\u2009", chip(other.role, other.text))];
    const name = table.result.name(table.result.at[step]);
    const sum = [chip(ROLE[table.result.letter], name), ...terms.flatMap(term), terms.length ? "" : " = 0"];
    const numbers = sumText(table, step).split(" = ").slice(-2);
    this.frame.strip.replaceChildren(
      element("p", { class: "cb-sign-formula" }, ...boxed(table.formula)),
      element("p", {}, ...sum),
      ...(terms.length ? [element("p", {}, `= ${numbers[0]} = `, element("strong", {}, numbers[1]))] : []),
    );
    this.frame.general.textContent = `For whole rows: ${table.product}.`;
    const spoken = element("span", { class: "cb-hidden" }, sumText(table, step));
    this.frame.says.replaceChildren(sentenceOf(table, step, this.convention), " ", spoken);
    this.showCode();
  }

  tellEmpty() {
    this.frame.strip.replaceChildren(element("p", { class: "cb-sign-formula" }, ...boxed(this.table.formula)));
    this.frame.general.textContent = "";
    this.frame.says.textContent = this.table.empty;
    this.table.still.at.forEach((index, cell) => this.grids.still.paint(cell, this.look(this.table.still, index, "plain")));
    if (this.table.result.at.length) this.table.result.at.forEach((index, cell) => this.grids.result.paint(cell, this.look(this.table.result, index, "plain")));
    this.showCode();
  }

  showCode() {
    if (this.shownCode === this.table.code) return;
    this.shownCode = this.table.code;
    this.code.replaceChildren(...boxed(this.table.code));
    this.code.hidden = !this.table.code;
  }

  written() {
    const { table } = this;
    const plain = (text) => text.replaceAll(/[{}]/g, "");
    const [plus, minus] = this.model.get("options").convention.map((convention) => {
      const number = this.model.get("options").convention.indexOf(convention);
      const tables = this.model.get("tables");
      const own = number ? tables.slice(tables.length / 2) : tables.slice(0, tables.length / 2);
      return [...new Set(own.map((packed) => `${plain(packed.formula)}, ${packed.product}`))];
    });
    const both = writtenTable("The two conventions", ["⋆ correlation", "∗ convolution"], plus.map((text, row) => [text, minus[row]]));
    const sums = table.places.map((_, step) => [table.result.name(table.result.at[step]), sumText(table, step)]);
    return [both, table.empty ? element("p", {}, table.empty) : writtenTable("All cells of " + table.result.letter, ["cell", "written out"], sums)];
  }
}

export default { render: rendered("cb-sign-convention", View, { "tables convention shown mode": "draw", step: "settle" }) };
