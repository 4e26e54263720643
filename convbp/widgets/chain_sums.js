// Sums of products whose factors Python has named: worked out for the numbers in the cells, and written out.

const HALVES = { 0.5: "½" };

// "y0=w0 x0+w1 x1+b;…" as a map from each cell to its terms: a coefficient and the names of the factors.
function readChain(text) {
  const term = (packed) => {
    const parts = packed.split(" ");
    const plain = Number.isNaN(Number(parts[0]));
    return { coefficient: plain ? 1 : Number(parts[0]), cells: plain ? parts : parts.slice(1) };
  };
  return new Map(text.split(";").map((line) => line.split("=")).map(([cell, terms]) => [cell, terms ? terms.split("+").map(term) : []]));
}

// Give every cell its number: all sums in turn, for each finds its factors already made.
function work(sums, given) {
  const values = { ...given };
  for (const [cell, terms] of sums) {
    values[cell] = terms.reduce((sum, { coefficient, cells }) => sum + cells.reduce((product, factor) => product * values[factor], coefficient), 0);
  }
  return values;
}

function cellName(cell) {
  const [, letters, index] = cell.match(/^(.*?)(\d*)$/);
  const shown = letters.replace("m′", "(y′−t)").replace("m", "(y−t)");
  return index ? `${shown}[${index}]` : shown;
}

function numberText(value) {
  const text = String(Number(value.toFixed(4)));
  return signed(text === "-0" ? "0" : text);
}

function bracketText(value) {
  const text = numberText(value);
  return text.startsWith("−") ? `(${text})` : text;
}

// One side of an equation: `write` says how a factor is written.
function sideText(terms, write) {
  const product = ({ coefficient, cells }) => {
    const squared = cells.length === 2 && cells[0] === cells[1];
    const text = squared ? write(cells[0]) + "²" : cells.map(write).join("·");
    return HALVES[coefficient] ? `${HALVES[coefficient]}·${text}` : text;
  };
  return terms.map((term, number) => (number ? (term.coefficient === -1 ? " − " : " + ") : "") + product(term)).join("");
}

function chainText(sums, values, cell) {
  const terms = sums.get(cell);
  if (!terms?.length) return `${cellName(cell)} = ${numberText(values[cell])}`;
  const numbers = sideText(terms, (factor) => bracketText(values[factor]));
  return `${cellName(cell)} = ${sideText(terms, cellName)} = ${numbers} = ${numberText(values[cell])}`;
}
