// What pointing at a cell of ChannelSum means: its terms in lanes, and where the copies of a gradient go.

const ARRAYS = { output: "y", input: "x", weight: "w", bias: "b" };
const RESULTS = { output: "y", input: "dx", weight: "dw", bias: "db" };
const LETTERS = { y: "ck", dx: "fk", dw: "no", db: "no" };
const WORDS = { n: "sample", f: "filter", c: "channel", o: "output", k: "tap" };
const WAYS = ["maps", "places"];
// Where the number of a letter stands: in which array, on which axis.
const PLACES = { n: ["y", 0], f: ["y", 1], c: ["x", 1], o: ["y", 2], k: ["w", 2] };
// Which sums run: what a result owns, what it sums over, and what follows from the other two places.
const RUNS = {
  y: { n: "stays", f: "stays", c: "Σ", o: "stays", i: "follows", k: "Σ" },
  dx: { n: "stays", f: "Σ", c: "stays", o: "follows", i: "stays", k: "Σ" },
  dw: { n: "Σ", f: "stays", c: "stays", o: "Σ", i: "follows", k: "stays" },
  db: { n: "Σ", f: "stays", c: "–", o: "Σ", i: "–", k: "–" },
};

function readLayer(packed) {
  const sums = readSums(packed);
  const totals = (result) => Object.fromEntries(WAYS.map((way) => [way, unpack(packed[`lanes_${result}_${way}`])]));
  return { sums, groups: packed.groups, totals: Object.fromEntries(Object.keys(LETTERS).map((result) => [result, totals(result)])) };
}

// The terms of a result; those of db are the gradients of one map.
function layerTerms({ sums }, result, cell) {
  if (result !== "db") return termsOf(sums, result, cell);
  const own = [...sums.cells.y.keys()].filter((y) => sums.cells.y[y][1] === cell);
  return own.map((y) => ({ joins: { y }, factors: [factor(sums, "dy", y)] }));
}

function biasTerms({ sums }, result, cell) {
  return result === "y" ? [{ joins: {}, factors: [factor(sums, "b", sums.cells.y[cell][1])] }] : [];
}

// What pointing at one cell means; `copies` when an output is read backwards.
function pointAt(layer, kind, cell, way, back) {
  const { sums, totals } = layer;
  const result = RESULTS[kind];
  const letter = LETTERS[result][WAYS.indexOf(way)];
  const copies = kind === "output" && back;
  const terms = layerTerms(layer, result, cell);
  const [array, axis] = PLACES[letter];
  const numberOf = ({ joins }) => sums.cells[array][joins[array]][axis];
  const numbers = [...new Set(terms.map(numberOf))].sort((a, b) => a - b);
  const lanes = numbers.map((number, lane) => ({
    text: `${letter} = ${number}`,
    terms: terms.filter((term) => numberOf(term) === number),
    total: totals[result][way][cell][lane],
  }));
  const shown = copies ? "dy" : result;
  return { kind, cell, result, shown, letter, copies, terms, lanes, bias: biasTerms(layer, result, cell), name: sums.names[shown][cell], value: sums.values[shown][cell] };
}

function equationText({ sums }, { result, cell, terms, bias }) {
  return sumText(sums, result, cell, [...terms, ...bias]);
}

function sentence({ sums }, { cell, copies, lanes, letter, terms, bias, name, value }) {
  if (copies) {
    const own = bias[0].factors[0].text;
    return `A sum copies its gradient: ${name} = ${signed(value)} arrives whole at ${terms.length} products and at ${own}.`;
  }
  const parts = [...lanes.map(({ total }) => bracketed(total)), ...bias.map((term) => `bias ${numbersOf(term)}`)];
  return `${name} adds up one lane for each ${WORDS[letter]}: ${parts.join(" + ")} = ${signed(value)}.`;
}

// What one product sends back: its part of dx and of dw.
function sentBack({ sums }, { joins }) {
  const [w, dy, x] = [factor(sums, "w", joins.w), factor(sums, "dy", joins.y), factor(sums, "x", joins.x)];
  return [
    { into: sums.names.dx[joins.x], factors: [w, dy] },
    { into: sums.names.dw[joins.w], factors: [dy, x] },
  ];
}
