// Arrays in cells and the products in which they meet, as Python wrote them: looked up, named and put into words.

function readSums(packed) {
  const sums = { shapes: {}, values: {}, names: {}, cells: {}, stages: [] };
  for (const text of packed.shapes.split(";")) {
    const [array, ...shape] = text.split(" ");
    sums.shapes[array] = shape.map(Number);
    sums.cells[array] = everyCell(sums.shapes[array].map((size) => [...Array(size).keys()]));
    for (const which of [array, "d" + array]) {
      sums.names[which] = sums.cells[array].map((index) => `${which}[${index.join(",")}]`);
      sums.values[which] = unpack(packed["value_" + which])[0] ?? [];
    }
  }
  for (let number = 0; packed["stage_" + number]; number += 1) {
    const [arrays, ...products] = packed["stage_" + number].split(";");
    const [left, weight, out] = arrays.split(" ");
    sums.stages.push({ left, weight, out, products: products.map((text) => text.split(" ").map(Number)) });
  }
  return sums;
}

function bracketed(value) {
  return value < 0 ? `(${signed(value)})` : String(value);
}

function factor(sums, array, cell) {
  return { array, cell, text: sums.names[array][cell], value: sums.values[array][cell] };
}

// The products that add up to a cell: each with its factors and with the cells of x, w and y that it joins.
function termsOf(sums, result, cell) {
  return sums.stages.flatMap(({ left, weight, out, products }) => {
    const place = { ["d" + left]: 0, ["d" + weight]: 1, [out]: 2 }[result];
    const number = { [left]: 0, [weight]: 1, ["d" + out]: 2 };
    const factors = [[weight, "d" + out], ["d" + out, left], [weight, left]][place];
    return products
      .filter((found) => found[place] === cell)
      .map((found) => ({ joins: { [left]: found[0], [weight]: found[1], [out]: found[2] }, factors: factors.map((array) => factor(sums, array, found[number[array]])) }));
  });
}

function lettersOf({ factors }) {
  return factors.map(({ text }) => text).join("·");
}

function numbersOf({ factors }) {
  return factors.map(({ value }) => bracketed(value)).join("·");
}

// The whole sum in letters and in numbers.
function sumText(sums, result, cell, terms) {
  const sides = terms.length ? [terms.map(lettersOf).join(" + "), terms.map(numbersOf).join(" + ")] : [];
  return [sums.names[result][cell], ...sides, signed(sums.values[result][cell])].join(" = ");
}
