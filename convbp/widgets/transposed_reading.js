// What TransposedConv shows for one setting, looked up and put into words. Every place comes from Python.

const UNSTAMPED = { t: "output_padding made room for it, but no stamp reaches it", g: "the stamps stand too far apart to reach it" };

const FIELDS = "cells marks windows at hollow reads shift even formula reason".split(" ");

function readStamps(model) {
  const fields = chosenTable(model).split("|");
  const packed = Object.fromEntries(FIELDS.map((name, number) => [name, fields[number]]));
  const texts = packed.cells ? packed.cells.split(" ") : [];
  const [x, w] = ["x", "w"].map((name) => unpack(model.get(name))[0]);
  const letters = model.get("reading") === "forward" ? { x: "x", y: "y" } : { x: "dy", y: "dx" };
  const windows = cellNumbers(packed.windows);
  const hollow = [...packed.hollow].map((sign) => (".-".includes(sign) ? -1 : parseInt(sign, 36)));
  return {
    ...packed,
    windows,
    hollow,
    letters,
    plane: model.get("view") === "plane",
    x: windows.map((_, o) => x[o]),
    w: w.slice(0, model.get("kernel")),
    at: unpack(packed.at)[0] ?? [],
    marks: [...packed.marks],
    reads: cellNumbers(packed.reads),
    cut: texts.map((text) => text.startsWith("p")),
    numbers: texts.map((text) => Number(text.replace("p", ""))),
    names: texts.map((text) => signed(`${letters.y}[${text.replace("p", "")}]`)),
    role: (letter) => (letters[letter].length > 1 ? "gradient" : letter),
    isBetween: (at) => packed.hollow[at] === ".",
  };
}

// The two sums of a cell: its stamps so far, and the taps of the flipped filter over the hollow input.
function bothSums(table, cell, lastStamp = Infinity) {
  const { x, w, letters, hollow } = table;
  const met = readersOf(table.windows, cell).filter(({ o }) => o <= lastStamp);
  const name = (o) => (o < 0 ? ["padding", "0"] : [table.role("x"), `${letters.x}[${o}]`]);
  const taps = [...w.keys()].reverse();
  const under = (table.reads[cell] ?? []).map((at, n) => ({ at, o: hollow[at], k: taps[n] }));
  const pairs = met.map(({ o, k }) => [x[o], w[k]]);
  return {
    met,
    under,
    stamps: met.map(({ o, k }) => [name(o), ["w", `w[${k}]`]]),
    slid: under.map(({ o, k }) => [name(o), ["w", `w[${k}]`]]),
    numbers: pairs.map((pair) => pair.map(factor).join("·")),
    total: signed(sumOfProducts(pairs)),
    slidTotal: signed(sumOfProducts(under.map(({ o, k }) => [o < 0 ? 0 : x[o], w[k]]))),
  };
}

function sumText(terms) {
  return terms.map((term) => term.map(([, text]) => text).join("·")).join(" + ");
}

function equationText(table, cell) {
  if (table.cut[cell]) return `${table.names[cell]} is cut off by the padding.`;
  const { met, stamps, numbers, total, slid, slidTotal } = bothSums(table, cell);
  const sides = [table.names[cell], ...(met.length ? [sumText(stamps), numbers.join(" + ")] : []), total];
  return `${sides.join(" = ")}; flipped filter: ${sumText(slid)} = ${slidTotal}`;
}

function listed(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

function counted(count, word) {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

function countsOf(table) {
  return table.marks.flatMap((_, cell) => (table.cut[cell] ? [] : [readersOf(table.windows, cell).length]));
}

// What is said about the whole setting.
function summary(table) {
  if (table.reason) return table.reason;
  const counts = countsOf(table);
  const middle = table.even ? "The stride divides the taps evenly: far from the ends every cell gets as many." : "The stride does not divide the taps evenly: cells with more and with fewer stamps alternate, a checkerboard.";
  const has = table.plane ? `${counts.length} × ${counts.length} cells; stamps along each axis` : `${counted(counts.length, "cell")}; stamps on each`;
  return `${table.letters.y} has ${has}: ${counts.join(" ")}. ${middle}`;
}

function inputText(table, o) {
  const onto = table.windows[o].map((cell) => (table.cut[cell] ? `${table.names[cell]} (cut off)` : table.names[cell]));
  return `${table.letters.x}[${o}] = ${signed(table.x[o])} stamps ${signed(table.x[o])} times the filter onto ${listed(onto)}.`;
}

function outputText(table, cell) {
  const { met } = bothSums(table, cell);
  const from = met.map(({ o, k }) => `${table.letters.x}[${o}] through w[${k}]`);
  if (table.cut[cell]) return `${table.names[cell]} is cut off by the padding.`;
  return met.length ? `${table.names[cell]} adds up ${counted(met.length, "stamp")}: ${listed(from)}.` : `${table.names[cell]} = 0: ${UNSTAMPED[table.marks[cell]]}.`;
}

function planeText(table, index) {
  const [down, across] = index.map((n) => readersOf(table.windows, table.numbers.indexOf(n)).length);
  const count = everyCell([Array(down).fill(0), Array(across).fill(0)]).length;
  return `${table.letters.y}[${index.join(",")}] adds up ${counted(count, "product")}: ${down} down × ${across} across.`;
}
