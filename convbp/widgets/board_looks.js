// How the cells of StridePaddingBoard look while something is pointed at.

function plain(role, name, value, tag, says) {
  return { role, name, value, tag, tagRole: "w", state: "plain", says };
}

function emphasis(look, isPointed, tap, anything) {
  if (isPointed) look.state = "active";
  else if (tap) [look.state, look.tag, look.says] = ["lit", tap, `${look.says}, with ${tap}`];
  else if (anything) look.state = "quiet";
  return look;
}

// The looks of the ruler and of the places, and a state for each bracket.
function lineLooks(board, direction, target) {
  const { own, dense, kept, names, numbers, padding, spread } = board;
  const backward = direction === "backward";
  const cell = target?.kind === "input" ? numbers.indexOf(target.index[0]) : -1;
  const place = target?.kind === "place" ? target.index[0] : -1;
  const taps = new Map((dense.windows[place] ?? []).map((read, k) => [read, `w[${k}]`]));
  const readers = new Map(readersOf(dense.windows, cell).filter(({ o }) => backward || kept.includes(o)).map(({ o, k }) => [o, `w[${k}]`]));
  const input = names.map((name, at) => {
    const count = String(readersOf(own.windows, at).length);
    const unread = own.marks[at] !== "x";
    const role = padding[at] ? "padding" : unread ? "leftover" : backward ? "gradient" : "x";
    const value = !backward ? count : padding[at] ? "cut" : gradient(board, at).total;
    const full = (padding[at] ? "padding " : "") + (backward && !padding[at] ? "d" : "") + name;
    const says = backward ? `${full}${padding[at] ? ", cut off" : ` = ${value}`}` : `${full}, read by ${counted(Number(count), "window")}`;
    const shown = padding[at] ? "pad" : (backward ? "d" : "") + name;
    const look = plain(role, shown, value, unread ? "∅" : "", unread ? `${says}, no output` : says);
    return emphasis(look, at === cell, taps.get(at), target);
  });
  const places = spread.map((value, at) => {
    const o = kept.indexOf(at);
    const tail = o < 0 && !(kept.at(-1) > at);
    const role = o >= 0 ? (backward ? "gradient" : "y") : tail ? "leftover" : "padding";
    const name = o >= 0 ? `${backward ? "d" : ""}y[${o}]` : "";
    const text = backward ? signed(value) : o >= 0 ? "y" : "–";
    const says = o >= 0 ? (backward ? `${name} = ${text}` : `output ${name}`) : backward ? "a zero" : "skipped by the stride";
    return emphasis(plain(role, name, text, tail ? "∅" : "", says), at === place, readers.get(at), target);
  });
  const windows = kept.map((at) => (at === place || readers.has(at) ? "lit" : target ? "quiet" : "plain"));
  return { input, place: places, windows };
}

// The looks of an image: each cell has the number of windows that read it.
function planeLooks(board, direction, target) {
  const { own, dense, numbers, padding } = board;
  const readers = own.marks.map((_, at) => readersOf(own.windows, at));
  const taps = target?.kind === "place" ? target.index.map((place) => new Map(dense.windows[place].map((read, k) => [read, k]))) : null;
  return everyCell([[...own.marks.keys()], [...own.marks.keys()]]).map(([r, s]) => {
    const count = everyCell([readers[r], readers[s]]).length;
    const isPadding = padding[r] || padding[s];
    const role = isPadding ? "padding" : !count ? "leftover" : direction === "forward" ? "x" : "gradient";
    const index = signed(`${numbers[r]},${numbers[s]}`);
    const says = `${isPadding ? "padding " : ""}${direction === "forward" ? "x" : "dx"}[${index}], ${direction === "forward" ? `read by ${counted(count, "window")}` : `a sum of ${counted(count, "product")}`}`;
    const tap = taps?.[0].has(r) && taps[1].has(s) ? `w[${taps[0].get(r)},${taps[1].get(s)}]` : "";
    const isPointed = target?.kind === "input" && target.index[0] === numbers[r] && target.index[1] === numbers[s];
    return emphasis(plain(role, isPadding ? "pad" : index, String(count), count ? "" : "∅", says), isPointed, tap, target?.kind === "place");
  });
}

function planeText(board, { kind, index }) {
  if (kind === "place") return `Output y[${index.map(board.output).join(",")}] reads the marked cells.`;
  const [down, across] = index.map((n) => readersOf(board.own.windows, board.numbers.indexOf(n)).length);
  const count = everyCell([Array(down).fill(0), Array(across).fill(0)]).length;
  const name = signed(`x[${index.join(",")}]`);
  return `${name} is read by ${counted(count, "window")}: ${down} down × ${across} across. Its gradient is a sum of ${counted(count, "product")}.`;
}
