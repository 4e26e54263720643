// Rulers: the windows of one axis as Python wrote them, who reads a cell, and a bracket for each window.

function cellNumbers(text) {
  return text ? text.split(",").map((row) => [...row].map((digit) => parseInt(digit, 36))) : [];
}

// Every (o, k) through which a cell is read, in the order of o.
function readersOf(windows, cell) {
  return windows.flatMap((cells, o) => cells.flatMap((read, k) => (read === cell ? [{ o, k }] : [])));
}

// Products that Python named, added up.
function sumOfProducts(pairs) {
  return pairs.reduce((sum, [one, other]) => sum + one * other, 0);
}

function factor(value) {
  return value < 0 ? `(${signed(value)})` : String(value);
}

// The chips of a sum, as in "= [w[0]]·[dy[1]] + …"; a term is two [role, text].
function sumOfChips(terms) {
  return terms.map(([one, other], number) => [number ? " + " : " = ", element("span", { class: "cb-term" }, chip(...one), "\u2009·\u2009", chip(...other))]).flat();
}

// A bracket for every window over a ruler of `columns` cells, each in a lane of its own; `looks` has a class for each of them.
function brackets(windows, columns, looks) {
  const made = drawn("svg", { viewBox: `0 0 ${columns} ${Math.max(1, windows.length)}`, preserveAspectRatio: "none", "aria-hidden": "true", class: "cb-brackets" });
  made.style.setProperty("--cb-columns", columns);
  made.style.setProperty("--cb-lanes", windows.length);
  windows.forEach((cells, lane) => {
    const posts = cells.map((cell) => `M${cell},0.15 V0.7`).join(" ");
    made.append(drawn("path", { d: `${posts} M${cells[0]},0.7 H${cells.at(-1)}`, transform: `translate(0.5 ${lane})`, class: `cb-bracket cb-${looks[lane]}` }));
  });
  return made;
}
