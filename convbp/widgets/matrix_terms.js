// What a row, a column, a weight and an entry of the matrix mean: looked up in the tables from Python, named and put into words.

function readMatrix(packed) {
  const cells = readTable(packed);
  const [columns, left] = [unpack(packed.columns)[0] ?? [], unpack(packed.left_out)[0] ?? []];
  const place = new Map(columns.map((cell, column) => [cell, column]));
  return { cells, columns, place, taps: unpack(packed.taps), left };
}

// The products of a row, a column or a weight that have an entry: those with padding have none.
function usesOf({ cells, place }, kind, cell) {
  return cells.products.filter((product) => product[GRIDS[kind]] === cell && place.has(product.x));
}

function gathers(kind, transpose) {
  return kind === "weight" || (kind === "input") === transpose;
}

// What pointing at one thing means: the uses that light up, the words, and the sum where it stands for one.
function pointMatrix(matrix, kind, cell, transpose) {
  if (kind === "entry") return pointEntry(matrix, cell, transpose);
  const uses = usesOf(matrix, kind, cell);
  const sum = gathers(kind, transpose) ? point(matrix.cells, kind, cell) : null;
  return { kind, cell, uses, sum, says: sayUses(matrix, kind, cell, uses, transpose) };
}

function pointEntry({ cells, columns, taps }, [row, column], transpose) {
  const whole = transpose ? `Aᵀ[${column},${row}]` : `A[${row},${column}]`;
  const tap = taps[row][column] - 1;
  const [output, own] = [cells.names.y[row], cells.names.x[columns[column]]];
  const here = { kind: "entry", row, column, sum: null };
  if (tap < 0) return { ...here, uses: [], x: columns[column], says: `${whole} = 0: ${output} does not read ${own}.` };
  const weight = cells.names.w[tap];
  const [given, made] = transpose ? ["d" + output, "d" + own] : [own, output];
  const value = signed(cells.values.w[tap]);
  const says = `${whole} = ${weight} = ${value}: ${output} reads ${own} through ${weight}. It adds ${weight}·${given} to ${made}.`;
  return { ...here, uses: [{ x: columns[column], w: tap, y: row }], says };
}

function sayUses({ cells, place }, kind, cell, uses, transpose) {
  const { x, w, y } = cells.names;
  const matrix = transpose ? "Aᵀ" : "A";
  if (kind === "weight") return `${w[cell]} stands ${uses.length === 1 ? "once" : uses.length + " times"} in ${matrix}.`;
  const line = (kind === "input") === transpose ? "Row" : "Column";
  if (kind === "output") {
    const sent = uses.map((use) => `d${x[use.x]} through ${w[use.w]}`);
    const read = uses.map((use) => `${w[use.w]} at ${x[use.x]}`);
    const does = transpose ? `sends d${y[cell]} to ${listed(sent) || "nobody"}.` : `is the window of ${y[cell]}: ${listed(read) || "only padding"}.`;
    return `${line} ${cell} of ${matrix} ${does}`;
  }
  const number = `${line} ${place.get(cell)} of ${matrix}`;
  if (!uses.length) return `${number} is empty, so d${x[cell]} = 0: ${UNREAD[cells.marks[cell]]}.`;
  return `${number} holds every use of ${x[cell]}: by ${listed(uses.map((use) => `${y[use.y]} through ${w[use.w]}`))}.`;
}

// Which of the two arrays stand as gradients: both in the transpose, and dy beside a weight.
function shownAs(array, kind, transpose) {
  const gradient = array === "w" ? kind === "weight" : kind === "weight" ? array === "y" : transpose && array !== "w";
  return (gradient ? "d" : "") + array;
}
