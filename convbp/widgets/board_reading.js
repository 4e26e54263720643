// What StridePaddingBoard shows for one setting, looked up and put into words. Every window and mark comes from Python.

const UNREAD = { t: "the stride leaves it over", g: "the windows jump over it", n: "no window fits" };

function readRuler(text) {
  const [reach, room, leftover, shift, dense, marks, windows] = text.split(" ");
  return { reach, room, leftover: Number(leftover), shift, dense, marks: [...marks], windows: cellNumbers(windows) };
}

function readBoard(model) {
  const { settings, cells, rulers } = model.get("tables");
  const [labels, number] = unpack(settings)[tableNumber(model)];
  const own = readRuler(rulers.split(";")[number]);
  const dense = readRuler(rulers.split(";")[own.dense]);
  const texts = cells.split(";")[labels].split(" ");
  const starts = dense.windows.map((window) => window[0]);
  const kept = own.windows.map((window) => starts.indexOf(window[0]));
  const [w, dy] = ["w", "dy"].map((name) => unpack(model.get(name))[0]);
  const output = (place) => kept.indexOf(place);
  return {
    own,
    dense,
    kept,
    w,
    dy,
    output,
    padding: texts.map((text) => text.startsWith("p")),
    numbers: texts.map((text) => Number(text.replace("p", ""))),
    names: texts.map((text) => signed(`x[${text.replace("p", "")}]`)),
    spread: starts.map((_, place) => (kept.includes(place) ? dy[output(place)] : 0)),
    chosen: (name) => model.get(name),
  };
}

// The size formula with numbers dropped in: the question, the two steps, and the outputs and the remainder as chips of their own.
function formulaParts(board) {
  const total = board.padding.filter(Boolean).length;
  const [n, k, s, d] = ["size", "kernel", "stride", "dilation"].map(board.chosen);
  const steps = `⌊(${n}+${total}−${d}·(${k}−1)−1)/${s}⌋+1 = ⌊${signed(board.own.room)}/${s}⌋+1`;
  return { steps, outputs: board.own.windows.length, leftover: board.own.leftover };
}

function formulaText(board) {
  const { steps, outputs, leftover } = formulaParts(board);
  return outputs ? `${steps} = ${outputs}, remainder ${leftover}` : `${steps} is below 1: no output`;
}

function counted(count, word) {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

function listed(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

function readersText(board, cell) {
  return readersOf(board.own.windows, cell).map(({ o, k }) => `y[${o}] through w[${k}]`);
}

// The sum of dx in a cell over the places that read it: letters with their roles, numbers, total.
function gradient(board, cell) {
  const met = readersOf(board.dense.windows, cell).map(({ o, k }) => ({ place: o, k }));
  const isZero = (place) => !board.kept.includes(place);
  const pairs = met.map(({ place, k }) => [board.w[k], board.spread[place]]);
  return {
    met,
    letters: met.map(({ place, k }) => [["w", `w[${k}]`], isZero(place) ? ["padding", "0"] : ["gradient", `dy[${board.output(place)}]`]]),
    numbers: pairs.map((pair) => pair.map(factor).join("·")),
    total: signed(sumOfProducts(pairs)),
  };
}

function gradientText(board, cell) {
  if (board.padding[cell]) return `${board.names[cell]} is padding: its gradient is cut off.`;
  const { met, letters, numbers, total } = gradient(board, cell);
  const sums = met.length ? [letters.map((term) => term.map(([, text]) => text).join("·")).join(" + "), numbers.join(" + ")] : [];
  return [`d${board.names[cell]}`, ...sums, total].join(" = ");
}

// What is said about the whole setting.
function summary(board) {
  if (!board.own.windows.length) return `No window fits: the filter reaches over ${board.own.reach} cells, the padded input has ${board.names.length}.`;
  const tail = board.own.marks.flatMap((mark, cell) => (mark === "t" ? [cell] : []));
  const lost = tail.filter((cell) => !board.padding[cell]).map((cell) => board.names[cell]);
  const padded = tail.length > lost.length ? [lost.length ? "padding" : "only padding"] : [];
  const count = board.own.windows.length;
  const outputs = board.chosen("view") === "line" ? counted(count, "output") : `${count} × ${count} outputs`;
  if (!tail.length) return `${outputs}, and nothing is left over at the end.`;
  if (board.chosen("view") === "line") return `${outputs}. Left over at the end, read by no window: ${listed([...lost, ...padded])}.`;
  return `${outputs}. Left over is an L: the last ${tail.length === 1 ? "row and the last column" : `${tail.length} rows and the last ${tail.length} columns`}, which no window reads.`;
}

// What is said about a cell of the ruler.
function cellText(board, cell) {
  const met = readersText(board, cell);
  const name = board.padding[cell] ? `Padding ${board.names[cell]}` : board.names[cell];
  return met.length ? `${name} is read by ${listed(met)}.` : `${name} is read by no window: ${UNREAD[board.own.marks[cell]]}.`;
}

// What is said about a place: an output, or one that the stride jumps over.
function placeText(board, place, direction) {
  const o = board.output(place);
  const window = listed(board.dense.windows[place].map((cell) => (board.padding[cell] ? "padding" : board.names[cell])));
  if (o >= 0) return direction === "forward" ? `y[${o}] reads ${window}.` : `dy[${o}] = ${signed(board.spread[place])} goes back to ${window}.`;
  const after = place > board.kept.at(-1);
  const why = after ? "too few cells are left for a whole stride" : "the stride jumps over it";
  if (direction === "forward") return `Without stride an output would stand here, over ${window}; ${why}.`;
  return after
    ? "A zero behind the last output: without it dx would miss the leftover cells."
    : "A zero between two outputs: no output stood here, so no gradient comes back.";
}
