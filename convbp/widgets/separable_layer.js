// The small layer of SeparableCost: its arrays as grids, and the sum that makes the cell pointed at.

const RESULTS = { x: "dx", w_depth: "dw_depth", w_point: "dw_point", w: "w" };
const ROLES = { x: "x", w_depth: "w", z: "y", w_point: "w", y: "y", w: "w" };
const TITLES = {
  x: "x, the input",
  w_depth: "w_depth, the filters of stage 1",
  z: "z, the maps between the stages",
  w_point: "w_point, the weights of stage 2",
  y: "y, the output",
  w: "w, the ordinary filters they make",
};

// What pointing at one cell means: the sum it shows, and as what every other array stands in it.
function pointLayer(sums, array, cell, back) {
  const result = RESULTS[array] ?? (back ? "d" : "") + array;
  const terms = termsOf(sums, result, cell);
  const used = terms.flatMap((term) => term.factors);
  const standing = Object.fromEntries(used.map((found) => [found.array.replace(/^d/, ""), found.array]));
  const met = new Set(used.map((found) => `${found.array.replace(/^d/, "")} ${found.cell}`));
  return { array, cell, result, terms, met, standing, name: sums.names[result][cell], value: sums.values[result][cell] };
}

class LayerPanel {
  // `act(way, target)` is told what the reader does; `packed` is one view of the layer from Python.
  constructor(packed, view, act) {
    [this.packed, this.view, this.sums] = [packed, view, readSums(packed)];
    [this.grids, this.captions, this.order] = [{}, {}, {}];
    this.root = element("div", { class: `cb-layer cb-layer-${view}` }, ...Object.keys(this.sums.shapes).map((array) => this.figure(array, act)));
  }

  figure(array, act) {
    const { cells, shapes } = this.sums;
    // In the outer product the taps of all channels stand in one row, above the columns of w that they make.
    const outer = this.view === "rank" && array === "w_depth";
    const byRow = (a, b) => cells[array][a][1] - cells[array][b][1] || a - b;
    this.order[array] = outer ? [...cells[array].keys()].sort(byRow) : [...cells[array].keys()];
    const one = outer ? ([, row]) => row === 0 : ([row]) => row === 0;
    const columns = array === "w" || outer ? cells[array].filter(one).length : shapes[array].at(-1);
    const targetOf = (place) => ({ array, cell: this.order[array][place] });
    this.grids[array] = new CellGrid(TITLES[array], this.order[array].length, columns, {
      hover: (place) => act("hover", place === null ? null : targetOf(place)),
      focus: (place) => act("focus", place === null ? null : targetOf(place)),
      pin: (place) => act("pin", targetOf(place)),
      unpin: () => act("unpin", null),
    });
    for (const cell of this.grids[array].cells) cell.toggleAttribute("data-slice", this.view === "rank" && shapes[array].length === 3 && cells[array][this.order[array][cell.number]].at(-1) === 0);
    this.captions[array] = element("p", { class: "cb-caption" });
    return element("div", { class: `cb-figure-${array}` }, this.captions[array], this.grids[array].root);
  }

  // As what an array stands while something is pointed at: z and y as gradients when they are read backwards.
  standsAs(array, pointed, back) {
    if (pointed?.standing[array]) return pointed.standing[array];
    return (back && "zy".includes(array) ? "d" : "") + array;
  }

  paint(pointed, pinned, back) {
    for (const [array, grid] of Object.entries(this.grids)) {
      const stands = this.standsAs(array, pointed, back);
      this.order[array].forEach((cell, place) => {
        const active = pointed?.array === array && pointed.cell === cell;
        const which = active ? pointed.result : stands;
        const gradient = which !== array;
        const index = this.sums.cells[array][cell].join(",");
        const value = signed(this.sums.values[which][cell]);
        grid.paint(place, {
          role: gradient ? "gradient" : ROLES[array],
          name: index,
          value,
          tag: "",
          tagRole: "w",
          state: active ? "active" : pointed?.met.has(`${array} ${cell}`) ? "lit" : pointed ? "quiet" : "plain",
          says: `${this.sums.names[which][cell]} = ${value}`,
          pinned: Boolean(pinned?.array === array && pinned.cell === cell),
        });
      });
      if (this.captions[array].dataset.shows === stands) continue;
      this.captions[array].dataset.shows = stands;
      this.captions[array].replaceChildren(chip(stands !== array ? "gradient" : ROLES[array], stands));
    }
  }

  sentence({ result, name }) {
    return this.packed[result].replace("{name}", name);
  }

  equation({ result, cell, terms }) {
    return sumText(this.sums, result, cell, terms);
  }

  strip({ array, result, name, terms, value }) {
    if (!terms.length) return [];
    const role = (which) => (which.startsWith("d") ? "gradient" : ROLES[which]);
    const term = ({ factors: [one, other] }, number) => [number ? " + " : " = ", element("span", { class: "cb-term" }, chip(role(one.array), one.text), "\u2009·\u2009", chip(role(other.array), other.text))];
    const total = element("strong", {}, signed(value));
    return [
      element("p", {}, chip(result === array ? ROLES[array] : "gradient", name), ...terms.flatMap(term)),
      element("p", {}, `= ${terms.map(numbersOf).join(" + ")} = `, total),
    ];
  }

  written(back) {
    return Object.keys(this.sums.shapes).map((array) => {
      const all = this.order[array].map((_, cell) => pointLayer(this.sums, array, cell, back)).filter(({ terms }) => terms.length);
      return all.length ? writtenTable(all[0].result, ["written out"], all.map((pointed) => [this.equation(pointed)])) : "";
    });
  }
}
