// Maps as pictures: a square for each number, its area the size of the number, hollow where it is negative.

// What Python packed for one sample: whole numbers of 10^−places for every stage. A number is only ever given its point.
function readPass(stages, packed) {
  return packed.map((stage, number) => {
    const lists = Object.fromEntries(
      ["y", "dy"].map((name) => {
        const [places, numbers] = stage[name].split(";");
        return [name, numbers.split(" ").map((text) => Number(`${text}e-${places}`))];
      }),
    );
    const texts = Object.fromEntries(["y", "dy"].map((name) => [name, lists[name].map((value) => signed(value.toFixed(stage[name].split(";")[0])).replace(/^−(0\.?0*)$/, "$1"))]));
    return { ...stages[number], lists, texts, norm: Number(stage.norm), norms: [stage.norm, stage.dw] };
  });
}

// A vector of scores is one map of up to five columns.
function shapeOf(stage) {
  if (stage.shape.length > 1) return { maps: stage.shape[0], columns: stage.shape.at(-1), units: stage.shape.slice(1).reduce((a, b) => a * b) };
  return { maps: 1, columns: Math.min(5, stage.shape[0]), units: stage.shape[0] };
}

function largestOf(values) {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
}

function mapPicture(values, columns, largest) {
  const rows = Math.ceil(values.length / columns);
  const picture = drawn("svg", { viewBox: `0 0 ${columns} ${rows}`, class: "cb-map", "aria-hidden": "true" });
  const paths = { full: "", hollow: "" };
  values.forEach((value, number) => {
    const side = Math.sqrt(Math.abs(value) / largest) * 0.94;
    if (side < 0.06) return;
    const [left, top] = [number % columns, Math.floor(number / columns)].map((corner) => (corner + 0.5 - side / 2).toFixed(2));
    paths[value < 0 ? "hollow" : "full"] += `M${left} ${top}h${side.toFixed(2)}v${side.toFixed(2)}h-${side.toFixed(2)}z`;
  });
  for (const [name, d] of Object.entries(paths)) if (d) picture.append(drawn("path", { d, class: "cb-" + name }));
  return picture;
}
