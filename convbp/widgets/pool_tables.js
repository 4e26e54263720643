// Pooling whatever the reader types: windows and answers come from Python, here they are looked up, multiplied and added.

const [FIRST, SHARED, AVERAGE, REAL, LP] = ["max, the first wins a tie", "max, a tie is shared", "average", "average of real cells", "Lp"];

function readPoolTable(packed) {
  const table = { marks: packed.marks, empty: packed.empty, at: unpack(packed.at)[0] ?? [], axes: {}, names: {} };
  for (const grid of ["x", "y"]) {
    table.axes[grid] = packed[grid].split(";").map((row) => unpack(row)[0] ?? []);
    table.index = { ...table.index, [grid]: everyCell(table.axes[grid]) };
    table.names[grid] = table.index[grid].map((index) => signed(`${grid}[${index.join(",")}]`));
  }
  table.reads = unpack(packed.reads);
  table.counts = packed.counts.split(";").map((row) => unpack(row)[0] ?? []);
  table.padding = [...table.marks].map((mark) => "pq".includes(mark));
  return table;
}

function readAnswers(packed) {
  const lists = Object.fromEntries(Object.entries(packed).map(([name, text]) => [name, unpack(text)[0]]));
  const place = new Map(lists.values.map((value, number) => [value, number]));
  return {
    ...lists,
    of: (list, value) => lists[list][place.get(value)],
    takes: (later, earlier) => lists.later_wins[place.get(earlier) * lists.values.length + place.get(later)],
  };
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

// One window: its output, the cells that receive its gradient, and the share of each. `x` holds null for padding.
function windowOf(table, answers, kind, x, o) {
  const cells = table.reads[o].filter((cell) => !table.padding[cell]);
  const values = cells.map((cell) => x[cell]);
  if (kind === FIRST || kind === SHARED) {
    const winner = cells.reduce((best, cell) => (answers.takes(x[cell], x[best]) ? cell : best));
    const winners = kind === FIRST ? [winner] : cells.filter((cell) => x[cell] === x[winner]);
    const tied = cells.filter((cell) => x[cell] === x[winner] && !winners.includes(cell));
    return { y: x[winner], cells, values, winners, tied, shares: winners.map((cell) => [cell, answers.split[winners.length]]) };
  }
  if (kind === LP) {
    const total = sum(values.map((value) => answers.of("powers", value)));
    const shares = cells.map((cell) => [cell, answers.of("slopes", x[cell]) * answers.downs[total]]);
    return { y: answers.roots[total], cells, values, winners: [], tied: [], shares };
  }
  const count = table.counts[kind === AVERAGE ? 0 : 1][o];
  const receivers = kind === AVERAGE ? table.reads[o] : cells;
  return { y: sum(values) * answers.split[count], count, cells, values, winners: [], tied: [], shares: receivers.map((cell) => [cell, answers.split[count]]) };
}

// The whole pool: every window with the part of dy that it sends to each cell, and what the cells have collected once the
// windows before `done` have sent.
function pooled(table, answers, kind, x, dy, done = Infinity) {
  const windows = table.reads.map((_, o) => windowOf(table, answers, kind, x, o));
  windows.forEach((found, o) => (found.parts = new Map(found.shares.map(([cell, share]) => [cell, dy[o] * share]))));
  const sent = windows.slice(0, done);
  const got = x.map((_, cell) => sent.map((found, o) => [o, found.parts.get(cell)]).filter(([, part]) => part));
  return { windows, sent, got, dx: got.map((parts) => sum(parts.map(([, part]) => part))) };
}

function shown(value) {
  const text = value.toFixed(2).replace(/\.?0+$/, "");
  return text === "-0" ? "0" : signed(text);
}

function term(value) {
  return value < 0 ? `(${shown(value)})` : shown(value);
}

// Sentences are lists of pieces, plain text or [role, text] for a chip.
function forwardPieces(table, now, kind, p, answers, x, which, cell) {
  const { x: names, y: outputs } = table.names;
  if (which === "output") {
    const { y, values, count } = now.windows[cell];
    const made = {
      [LP]: () => `(${values.map((value) => shown(answers.of("powers", value))).join(" + ")})^(1/${p})`,
      [FIRST]: () => `max(${values.map(shown).join(", ")})`,
    };
    made[SHARED] = made[FIRST];
    const text = made[kind] ?? (() => `(${values.map(term).join(" + ")})/${count}`);
    return [["y", outputs[cell]], ` = ${text()} = ${shown(y)}`];
  }
  if (table.padding[cell]) return [`${names[cell]} is padding.`];
  const named = (found) => found.flatMap((o, place) => [place ? ", " : "", ["y", outputs[o]]]);
  const every = [...table.reads.keys()];
  const readers = every.filter((o) => table.reads[o].includes(cell));
  const won = every.filter((o) => now.windows[o].winners.includes(cell));
  const wins = kind === FIRST || kind === SHARED ? ["; it wins ", ...(won.length ? named(won) : ["none"])] : [];
  return [["x", names[cell]], ` = ${shown(x[cell])} is read by `, ...(readers.length ? named(readers) : ["none"]), ...wins];
}

function backwardPieces(table, now, dy, which, cell) {
  const { x: names, y: outputs } = table.names;
  if (which === "output") {
    const goals = [...now.windows[cell].parts].filter(([goal, part]) => part && !table.padding[goal]);
    const goes = goals.flatMap(([goal, part], place) => [place ? ", " : "", ["x", names[goal]], `: ${shown(part)}`]);
    return [["gradient", "d" + outputs[cell]], ` = ${shown(dy[cell])} goes to `, ...(goes.length ? goes : ["no cell"])];
  }
  if (table.padding[cell]) return [`${names[cell]} is padding: it has no gradient.`];
  const parts = now.got[cell].map(([, part]) => term(part));
  return [["gradient", "d" + names[cell]], ...(parts.length > 1 ? [` = ${parts.join(" + ")}`] : []), ` = ${shown(now.dx[cell])}`];
}

function written(pieces) {
  return pieces.map((piece) => (Array.isArray(piece) ? piece[1] : piece)).join("");
}

// What came in against what went out; Lp keeps the sum weighted by the numbers themselves.
function checkLine(table, now, kind, x, dy) {
  const weighted = kind === LP;
  const real = [...x.keys()].filter((cell) => !table.padding[cell]);
  const came = sum(now.sent.map((found, o) => dy[o] * (weighted ? found.y : 1)));
  const went = sum(real.map((cell) => now.dx[cell] * (weighted ? x[cell] : 1)));
  const lost = sum([...x.keys()].filter((cell) => table.padding[cell]).map((cell) => now.dx[cell]));
  const agree = shown(came) === shown(went + lost) ? "✓" : "✗";
  const [into, out] = weighted ? ["Σ y·dy", "Σ x·dx"] : ["Σ dy", "Σ dx"];
  const padding = shown(lost) === "0" ? "" : ` + ${shown(lost)} left on the padding`;
  return `sum in: ${into} = ${shown(came)}; sum out: ${out} = ${shown(went)}${padding} ${agree}`;
}
