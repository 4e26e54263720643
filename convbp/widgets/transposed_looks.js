// How the cells of TransposedConv look: after some stamps, under the flipped filter, or as an image of counts.

function plain(role, name, value, tag, says) {
  return { role, name, value, tag, tagRole: "w", state: "plain", says };
}

function emphasis(look, isPointed, tap, anything) {
  if (isPointed) look.state = "active";
  else if (tap) [look.state, look.tag, look.says] = ["lit", tap, `${look.says}, with ${tap}`];
  else if (anything) look.state = "quiet";
  return look;
}

function resultLook(table, cell, value) {
  const count = readersOf(table.windows, cell).length;
  const role = table.cut[cell] ? "padding" : count ? table.role("y") : "leftover";
  if (table.cut[cell]) return plain(role, table.names[cell], "cut", "", `${table.names[cell]}, cut off`);
  const says = value === "?" ? `${table.names[cell]}, not yet computed` : `${table.names[cell]} = ${value}, ${counted(count, "stamp")}`;
  return plain(role, table.names[cell], value, count ? `${count}×` : "∅", says);
}

// Inputs, tiles and results after the stamps 0 to `last`; `target` is {kind, cell}.
function stampLooks(table, target, last) {
  const [input, cell] = ["input", "output"].map((kind) => (target?.kind === kind ? target.cell : -1));
  const met = new Map(readersOf(table.windows, cell).map(({ o, k }) => [o, `w[${k}]`]));
  const onto = new Map((table.windows[input] ?? []).map((read, k) => [read, `w[${k}]`]));
  const inputs = table.x.map((value, o) => {
    const look = plain(table.role("x"), `${table.letters.x}[${o}]`, signed(value), "", `${table.letters.x}[${o}] = ${signed(value)}`);
    return emphasis(look, o === input, met.get(o), target || o > last);
  });
  const outputs = table.names.map((_, at) => emphasis(resultLook(table, at, bothSums(table, at, last).total), at === cell, onto.get(at), target));
  const tiles = table.windows.map((window, o) => window.map((at) => (o > last ? "later" : o === input || at === cell ? "lit" : target ? "quiet" : "plain")));
  return { input: inputs, output: outputs, tiles };
}

// The hollow input, and the results that are computed when the filter has reached cell `last`.
function hollowLooks(table, cells, target, last) {
  const cell = target?.kind === "output" ? target.cell : -1;
  const under = new Map(bothSums(table, cell).under.map(({ at, k }) => [at, `w[${k}]`]));
  const readers = new Map(cells.flatMap((read) => bothSums(table, read).under.flatMap(({ o, k }) => (target?.kind === "input" && o === target.cell ? [[read, `w[${k}]`]] : []))));
  const input = table.hollow.map((o, at) => {
    const zero = table.isBetween(at) ? "a zero put in between" : "a zero at the end";
    const name = o < 0 ? "" : `${table.letters.x}[${o}]`;
    const look = o < 0 ? plain("padding", "", "0", "", zero) : plain(table.role("x"), name, signed(table.x[o]), "", `${name} = ${signed(table.x[o])}`);
    return emphasis(look, target?.kind === "input" && o >= 0 && o === target.cell, under.get(at), target);
  });
  const output = cells.map((read) => emphasis(resultLook(table, read, read > last ? "?" : bothSums(table, read).slidTotal), read === cell, readers.get(read), target));
  return { input, output };
}

// An image: how many stamps cover each cell. The more stamps, the darker.
function planeLooks(table, cells, target) {
  return everyCell([cells, cells]).map(([r, s]) => {
    const count = everyCell([r, s].map((cell) => readersOf(table.windows, cell))).length;
    const index = [r, s].map((cell) => table.numbers[cell]);
    const name = `${table.letters.y}[${index.join(",")}]`;
    const look = plain(count ? table.role("y") : "leftover", index.join(","), String(count), count ? "" : "∅", `${name}, ${counted(count, "stamp")}`);
    look.state = target?.index.join() === index.join() ? "active" : `heat-${Math.min(count, 4)}`;
    return look;
  });
}
