// The view of AffectedRegion: three grids, the wedges between them, the equation strip, the controls and the written twin.

const CHANGES = "tables stride dilation padding";
const GENERAL = {
  1: {
    "": "The same products make y, dx and dw; they are only collected in different cells.",
    input: "dx[i] = Σ w[k]·dy[o] over every output o that reads x[i], through its tap k",
    weight: "dw[k] = Σ x[i]·dy[o] over every output o, with the cell i that its tap k reads",
    output: "y[o] = Σ w[k]·x[i] over every tap k, with the cell i that it reads",
  },
  2: {
    "": "The same products make y, dx and dw; they are only collected in different cells.",
    input: "dx[r,s] = Σ w[p,q]·dy[i,j] over every output i,j that reads x[r,s], through its tap p,q",
    weight: "dw[p,q] = Σ x[r,s]·dy[i,j] over every output i,j, with the cell r,s that its tap p,q reads",
    output: "y[i,j] = Σ w[p,q]·x[r,s] over every tap p,q, with the cell r,s that it reads",
  },
};
const MOST_EDGES = 4;

function cellNumber(axes, index) {
  return everyCell(axes).findIndex((found) => found.join() === index.join());
}

// The wedges between a row of inputs and a row of outputs, as corners in cells; one hull where they would be many.
function wedges(table, { kind, met }) {
  const [above, below] = { input: [0.25, 0.08], weight: [0.3, 0.3], output: [0.08, 0.25] }[kind];
  const edges = met.map((product) => {
    const [left, right] = [product.x, table.at[product.y]];
    return [left + above, left + 1 - above, right + 1 - below, right + below];
  });
  if (edges.length <= MOST_EDGES) return edges;
  const [a, b, c, d] = [0, 1, 2, 3].map((corner) => edges.map((edge) => edge[corner]));
  return [[Math.min(...a), Math.max(...b), Math.max(...c), Math.min(...d)]];
}

function wedge([a, b, c, d], role) {
  return drawn("polygon", { points: `${a},0 ${b},0 ${c},1 ${d},1`, class: `cb-wedge cb-is-${role}` });
}

class View {
  constructor(model, el) {
    this.model = model;
    this.hover = this.focus = null;
    this.frame = new Frame(el, {
      question: "Which products meet in a cell?",
      hint: "Point at a cell of x, w or y. A click or Enter pins it, Esc lets it go.",
      twin: "All sums of this picture, written out",
      write: () => this.written(),
    });
    this.controls = new OptionControls(model, this.frame.controls);
    this.guess = guess("", "");
    this.frame.twin.before(this.guess);
    this.draw();
  }

  draw() {
    this.controls.show();
    this.table = readTable(chosenTable(this.model));
    this.hover = this.focus = null;
    this.rank = this.table.axes.x.length;
    this.captions = {};
    this.grids = {};
    const figures = Object.fromEntries(["w", "x", "y"].map((grid) => [grid, this.figure(grid)]));
    this.frame.picture.className = `cb-picture cb-rank-${this.rank}`;
    if (this.rank === 1) {
      this.band = this.makeBand();
      this.grids.y.cells.forEach((cell, number) => cell.style.setProperty("--cb-at", this.table.at[number]));
      this.mouths = element("div", { class: "cb-mouths", "aria-hidden": "true" });
      const between = element("div", { class: "cb-between" }, this.band, this.mouths);
      this.frame.picture.replaceChildren(figures.w, figures.x, between, figures.y);
    } else {
      this.frame.picture.replaceChildren(figures.x, element("div", { class: "cb-column" }, figures.w, figures.y));
    }
    this.paint();
    this.ask();
    this.frame.write();
  }

  // Ask about a cell that the reader has not been shown yet, some way behind the middle.
  ask() {
    const real = [...this.table.marks].flatMap((_, cell) => (isPadding(this.table, cell) ? [] : [cell]));
    const pointed = point(this.table, "input", real[Math.floor(real.length / 1.4)]);
    const [summary, answer] = this.guess.children;
    summary.textContent = `Guess first: with these options, which outputs read ${this.table.names.x[pointed.cell]}, and through which weights?`;
    answer.textContent = `${sentence(this.table, pointed)} ${equationText(this.table, pointed)}`;
    this.guess.open = false;
  }

  // The space between a row of inputs and a row of outputs, measured in cells.
  makeBand() {
    const columns = this.table.names.x.length;
    const band = drawn("svg", { viewBox: `0 0 ${columns} 1`, preserveAspectRatio: "none", "aria-hidden": "true", class: "cb-band" });
    band.style.setProperty("--cb-columns", columns);
    return band;
  }

  figure(grid) {
    const kind = Object.keys(GRIDS).find((name) => GRIDS[name] === grid);
    const names = this.table.names[grid];
    const label = { x: "x, the input", w: "w, the filter", y: "y, the output" }[grid];
    this.grids[grid] = new CellGrid(label, names.length, this.table.axes[grid].at(-1).length || 1, {
      hover: (cell) => this.preview("hover", kind, cell),
      focus: (cell) => this.preview("focus", kind, cell),
      pin: (cell) => this.pin(kind, cell),
      unpin: () => this.select({}),
    });
    this.captions[grid] = element("p", { class: "cb-caption" });
    const body = names.length ? this.grids[grid].root : element("p", { class: "cb-empty" }, this.table.empty);
    return element("div", { class: `cb-figure cb-figure-${grid}` }, this.captions[grid], body);
  }

  preview(way, kind, cell) {
    this[way] = cell === null ? null : { kind, cell };
    this.paint();
  }

  pinned() {
    const { kind, index } = this.model.get("selection");
    if (!kind) return null;
    const cell = cellNumber(this.table.axes[GRIDS[kind]], index);
    return cell < 0 ? null : { kind, cell };
  }

  pin(kind, cell) {
    const now = this.pinned();
    const again = now?.kind === kind && now.cell === cell;
    this.select(again ? {} : { kind, index: everyCell(this.table.axes[GRIDS[kind]])[cell] });
  }

  select(selection) {
    this.model.set("selection", selection);
    this.model.save_changes();
    this.settle();
  }

  // Forget what is only passed over, and show what is pinned.
  settle() {
    this.hover = this.focus = null;
    this.paint();
  }

  paint() {
    const pinned = this.pinned();
    const target = this.hover ?? this.focus ?? pinned;
    const pointed = target && point(this.table, target.kind, target.cell);
    const shown = looks(this.table, pointed, pinned);
    for (const grid of ["x", "w", "y"]) shown[grid].forEach((look, cell) => this.grids[grid].paint(cell, look));
    const captions = {
      x: [["x", "x"], "input"],
      w: [["w", "w"], "filter"],
      y: pointed && pointed.kind !== "output" ? [["gradient", "dy"], "gradient of the output"] : [["y", "y"], "output"],
    };
    for (const [grid, [[role, letter], word]] of Object.entries(captions)) {
      this.captions[grid].replaceChildren(chip(role, letter), " " + word);
    }
    if (this.rank === 1) this.paintBand(pointed);
    this.tell(pointed);
  }

  // Wedges from the cell that is pointed at, and at the mouth of each the weight that stands on this way.
  paintBand(pointed) {
    this.band.replaceChildren(...(pointed ? wedges(this.table, pointed) : []).map((corners) => wedge(corners, pointed.role)));
    const weights = (pointed?.met ?? []).map((product) => {
      const mouth = element("span", { class: "cb-mouth" }, chip("w", this.table.names.w[product.w]));
      mouth.style.setProperty("--cb-at", pointed.kind === "output" ? product.x : this.table.at[product.y]);
      return mouth;
    });
    this.mouths.className = `cb-mouths cb-from-${pointed?.kind ?? "nothing"}`;
    this.mouths.replaceChildren(...weights);
  }

  tell(pointed) {
    this.frame.general.textContent = GENERAL[this.rank][pointed?.kind ?? ""];
    if (!pointed) {
      this.frame.strip.replaceChildren();
      this.frame.says.textContent = this.table.empty || "Nothing is pointed at.";
      return;
    }
    const text = equationText(this.table, pointed);
    const short = pointed.met.length > MOST_TERMS ? `${pointed.name} is a sum of ${pointed.met.length} products: ${pointed.total}.` : text;
    const spoken = element("span", { class: pointed.padding ? "" : "cb-hidden" }, short);
    const order = pointed.padding ? [spoken, " ", sentence(this.table, pointed)] : [sentence(this.table, pointed), " ", spoken];
    this.frame.says.replaceChildren(...order);
    this.frame.strip.replaceChildren(...(pointed.padding ? [] : this.equation(pointed)));
  }

  // The sum in chips, and below it in numbers; a long one is cut here and stands whole in the twin.
  equation(pointed) {
    const cut = (terms) => terms.slice(0, pointed.met.length > MOST_TERMS ? MOST_TERMS - 2 : MOST_TERMS);
    const rest = pointed.met.length - cut(pointed.letters).length;
    const more = rest ? ` + … ${rest} more` : "";
    const term = ([one, other], number) => [number ? " + " : " = ", element("span", { class: "cb-term" }, chip(one.role, one.text), "\u2009·\u2009", chip(other.role, other.text))];
    const numbers = cut(pointed.numbers).join(" + ") + more;
    return [
      element("p", {}, chip(pointed.role, pointed.name), ...cut(pointed.letters).flatMap(term), pointed.met.length ? more : " = 0"),
      ...(pointed.met.length ? [element("p", {}, `= ${numbers} = `, element("strong", {}, pointed.total))] : []),
    ];
  }

  written() {
    const titles = { input: "Gradient of the input", weight: "Gradient of the filter", output: "Output" };
    const tables = Object.entries(titles).map(([kind, title]) => {
      const grid = GRIDS[kind];
      const [given, made] = kind === "output" ? ["dy", "y"] : [grid, "d" + grid];
      const cells = [...this.table.names[grid].keys()].filter((cell) => grid !== "x" || !isPadding(this.table, cell));
      const row = (cell) => [this.table.names[grid][cell], signed(this.table.values[given][cell]), equationText(this.table, point(this.table, kind, cell))];
      return writtenTable(title, ["cell", given, made + " written out"], cells.map(row));
    });
    const reason = this.table.empty ? [element("p", {}, this.table.empty)] : [];
    return [...reason, ...tables];
  }
}

// Once for a widget, however often it is shown: a pinned cell that the chosen options do not have is let go.
function initialize({ model }) {
  const letGo = () => {
    const { kind, index } = model.get("selection");
    if (!kind || cellNumber(readTable(chosenTable(model)).axes[GRIDS[kind]], index) >= 0) return;
    model.set("selection", {});
    model.save_changes();
  };
  const names = CHANGES.replaceAll(/\S+/g, "change:$&");
  model.on(names, letGo);
  return () => model.off(names, letGo);
}

export default { initialize, render: rendered("cb-affected-region", View, { [CHANGES]: "draw", selection: "settle" }) };
