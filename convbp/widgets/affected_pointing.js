// What pointing at a cell of AffectedRegion means. Every window, mark and sum was computed in Python: here they are looked up,
// named and put into words.

const GRIDS = { input: "x", weight: "w", output: "y" };
const UNREAD = { t: "the stride leaves it over", g: "the windows step over it", n: "no window fits", q: "no window reaches it" };
const MOST_TERMS = 8;


function isPadding(table, cell) {
  return "pq".includes(table.marks[cell]);
}

function listed(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

// One packed table as lists, with the name of every cell and all products in the order of the outputs.
function readTable(packed) {
  const table = { marks: packed.marks, empty: packed.empty, at: unpack(packed.at)[0] ?? [], values: {}, names: {}, axes: {} };
  for (const grid of ["x", "w", "y"]) {
    table.axes[grid] = packed[grid].split(";").map((row) => unpack(row)[0] ?? []);
    table.names[grid] = everyCell(table.axes[grid]).map((index) => signed(`${grid}[${index.join(",")}]`));
    for (const which of [grid, "d" + grid]) table.values[which] = unpack(packed["value_" + which])[0] ?? [];
  }
  table.products = unpack(packed.reads).flatMap((taps, y) => taps.map((x, w) => ({ x, w, y })));
  return table;
}

// What pointing at one cell means: its products, its name and number, and how each of them is written.
function point(table, kind, cell) {
  const grid = GRIDS[kind];
  const met = table.products.filter((product) => product[grid] === cell);
  const result = kind === "output" ? "y" : "d" + grid;
  const factors = { input: ["w", "dy"], weight: ["x", "dy"], output: ["w", "x"] }[kind];
  const isGradient = (which) => which.length === 2;
  const name = (which, product) => (isGradient(which) ? "d" : "") + table.names[which.at(-1)][product[which.at(-1)]];
  const hidden = (which, product) => which === "x" && isPadding(table, product.x);
  return {
    kind,
    cell,
    met,
    padding: kind === "input" && isPadding(table, cell),
    name: (kind === "output" ? "" : "d") + table.names[grid][cell],
    role: kind === "output" ? "y" : "gradient",
    total: signed(table.values[result][cell]),
    letters: met.map((product) =>
      factors.map((which) => ({
        text: hidden(which, product) ? "0" : name(which, product),
        role: hidden(which, product) ? "padding" : isGradient(which) ? "gradient" : which,
      })),
    ),
    numbers: met.map((product) =>
      factors
        .map((which) => table.values[which][product[which.at(-1)]])
        .map((value) => (value < 0 ? `(${signed(value)})` : String(value)))
        .join("·"),
    ),
  };
}

function equationText(table, pointed) {
  if (pointed.padding) return `${table.names.x[pointed.cell]} is padding: it counts as 0 and has no gradient.`;
  const letters = pointed.letters.map((factors) => factors.map((factor) => factor.text).join("·")).join(" + ");
  return [pointed.name, ...(pointed.met.length ? [letters, pointed.numbers.join(" + ")] : []), pointed.total].join(" = ");
}

// The sentence about a cell, without its equation.
function sentence(table, { kind, cell, met, padding }) {
  const { x, w, y } = table.names;
  const met_x = met.map((product) => (isPadding(table, product.x) ? "padding" : x[product.x]));
  if (kind === "output") return `${y[cell]} reads ${listed(met_x)}.`;
  if (table.empty) return table.empty;
  if (kind === "weight") {
    return met.length > MOST_TERMS
      ? `${w[cell]} meets ${met.length} cells of the input, one for each output.`
      : `${w[cell]} meets ${listed(met_x)}: one cell for each output.`;
  }
  const readers = met.map((product) => `${y[product.y]} through ${w[product.w]}`);
  const read = `${padding ? "It" : x[cell]} is read by ${listed(readers)}.`;
  if (padding) return met.length ? read : "No output reads it.";
  return met.length ? read : `No output reads ${x[cell]}, so d${x[cell]} = 0: ${UNREAD[table.marks[cell]]}.`;
}

// What stands in a cell: on two axes there is room for the numbers only, and "∂" for a gradient.
function label(table, grid, cell, gradient) {
  const name = table.names[grid][cell];
  return table.axes.x.length === 1 ? (gradient ? "d" : "") + name : (gradient ? "∂ " : "") + name.slice(2, -1);
}

// How each cell looks while `pointed` (or nothing) is pointed at.
function looks(table, pointed, pinned) {
  const partners = { x: new Map(), w: new Map(), y: new Map() };
  for (const product of pointed?.met ?? []) {
    for (const grid of ["x", "w", "y"]) partners[grid].set(product[grid], product);
  }
  const own = pointed && GRIDS[pointed.kind];
  const backward = pointed && pointed.kind !== "output";
  const base = (grid, cell) => {
    const active = grid === own && cell === pointed.cell && !pointed.padding;
    const gradient = backward && (active || grid === "y");
    const which = (gradient ? "d" : "") + grid;
    const lit = grid !== own && partners[grid].has(cell);
    const here = grid === own && cell === pointed.cell;
    return {
      role: gradient ? "gradient" : grid,
      name: label(table, grid, cell, gradient),
      full: (gradient ? "d" : "") + table.names[grid][cell],
      value: signed(table.values[which][cell]),
      tag: "",
      tagRole: "w",
      state: here ? "active" : lit ? "lit" : pointed ? "quiet" : "plain",
      says: "",
      pinned: Boolean(pinned && GRIDS[pinned.kind] === grid && pinned.cell === cell),
    };
  };
  const tagged = (look, grid, cell) => {
    const product = partners[grid].get(cell);
    if (look.state === "lit" && own !== "w" && grid !== "w") look.tag = table.names.w[product.w];
    if (look.state === "lit" && own === "w" && grid === "x") [look.tag, look.tagRole] = ["d" + table.names.y[product.y], "gradient"];
    return look;
  };
  const spoken = (look, aside) => {
    look.says = [`${look.full} = ${look.value}`, look.tag && `with ${look.tag}`, aside].filter(Boolean).join(", ");
    return look;
  };
  return {
    x: [...table.marks].map((mark, cell) => {
      const look = tagged(base("x", cell), "x", cell);
      if (isPadding(table, cell)) [look.role, look.name] = ["padding", ""];
      if ("tgnq".includes(mark)) [look.role, look.tag] = [mark === "q" ? "padding" : look.role === "gradient" ? "gradient" : "leftover", "∅"];
      if (look.name) return spoken(look, "tgn".includes(mark) && "read by no output");
      look.says = `padding ${table.names.x[cell]}, counts as 0`;
      return look;
    }),
    w: table.names.w.map((_, cell) => spoken(base("w", cell))),
    y: table.names.y.map((_, cell) => spoken(tagged(base("y", cell), "y", cell))),
  };
}
