// The view of StepSize: the error over the step in one line for each type of number. Every height, word and number comes from Python.

const LOOKS = { float64: ["x", "●"], float32: ["gradient", "■"] };
const TAB_NAMES = { curved: "curved", corner: "corner", tie: "tie", linear: "linear", whole: "whole" };

class View {
  constructor(model, el) {
    this.model = model;
    this.hover = null;
    this.scale = model.get("scale");
    this.steps = this.scale.steps.split(";");
    this.across = unpack(this.scale.across)[0];
    this.frame = new Frame(el, {
      question: "How small should the step of a gradient check be?",
      hint: "Move the step. Left the numbers run out of digits, right the curve bends.",
      twin: "All errors, in a table",
      write: () => this.written(),
    });
    const { case: cases } = model.get("options");
    this.cases = new Switch("Checked is", cases.map((name) => TAB_NAMES[name]), (number) => this.set("case", cases[number]));
    if (cases.length > 1) this.frame.root.insertBefore(element("div", { class: "cb-switches" }, this.cases.root), this.frame.picture);
    this.slider = new Slider("Step h", this.steps, (at) => this.go(at));
    this.slider.root.classList.add("cb-wide");
    this.frame.root.classList.add("cb-steps");
    this.frame.strip.classList.add("cb-readout");
    this.frame.root.insertBefore(this.slider.root, this.frame.side);
    const asked = "from h = 10⁻⁴, is half the step better in float32?";
    const answer = "No. float32 keeps about seven digits, and at 10⁻⁴ the two values agree in most of them: half the step loses one more binary digit. In float64 it is better: there the same step lies on the right arm of the V.";
    this.frame.root.insertBefore(guess(asked, answer), this.frame.twin);
    this.draw();
  }

  set(name, value) {
    this.model.set(name, value);
    this.model.save_changes();
  }

  go(at) {
    this.hover = null;
    this.set("exponent", this.exponents()[at]);
    this.paint();
  }

  exponents() {
    return Array.from(this.steps, (_, at) => this.scale.first + at);
  }

  draw() {
    this.cases.show(optionNumber(this.model, "case"));
    const table = chosenTable(this.model);
    // A stored notebook sorts the keys of a dictionary; the order of the looks is that of Python.
    const measured = Object.keys(LOOKS).filter((dtype) => dtype in table.lines);
    this.lines = measured.map((dtype) => [dtype, table.lines[dtype]]).map(([dtype, line]) => ({ ...line, dtype, errors: line.errors.split(";"), heights: unpack(line.heights)[0] }));
    this.table = table;
    this.picture();
    this.paint();
    this.frame.write();
  }

  picture() {
    const inside = drawn("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" });
    inside.append(drawn("rect", { x: 0, y: 0, width: 100, height: this.scale.mistake, class: "cb-mistake" }));
    for (const [, at] of this.scale.columns) inside.append(drawn("path", { d: `M${at} 0V100`, class: "cb-gridline" }));
    for (const [, at] of this.scale.rows) inside.append(drawn("path", { d: `M0 ${at}H100`, class: "cb-gridline" }));
    for (const line of this.lines) {
      const answered = line.heights.map((height, at) => [this.across[at], height, line.marks[at]]).filter(([, , mark]) => mark !== "n");
      const role = LOOKS[line.dtype][0];
      if (/[tb]/.test(line.marks)) inside.append(drawn("path", { d: `M${line.best} 0V100`, class: `cb-best cb-is-${role}` }));
      inside.append(drawn("polyline", { points: answered.map((point) => point.slice(0, 2).join()).join(" "), class: `cb-curve cb-curve-${line.dtype} cb-is-${role}` }));
      const dots = answered.map(([x, y]) => `M${x} ${y}h0`).join("");
      inside.append(drawn("path", { d: dots, class: `cb-dots cb-dots-${line.dtype} cb-is-${role}` }));
    }
    this.cursor = drawn("path", { class: "cb-cursor" });
    inside.append(this.cursor);
    const label = (kind, text, left, top) => {
      const made = element("span", { class: "cb-at cb-at-" + kind }, text);
      made.style.cssText = `left: ${left}%; top: ${top}%`;
      return made;
    };
    const labels = [
      ...this.scale.columns.map(([text, at]) => label("column", text, at, 100)),
      ...this.scale.rows.map(([text, at]) => label("row", text, 0, at)),
      label("mistake", "a mistake looks like this", 0, 0),
      ...this.lines.filter(({ marks }) => /[tb]/.test(marks)).map(({ dtype, best }) => label(`best cb-is-${LOOKS[dtype][0]}`, "∛ε", best, 100)),
      ...this.table.notes.map(([mark, text, x, y]) => label(`note cb-at-${mark}`, text, x, y)),
    ];
    const plot = element("div", { class: "cb-plot", role: "img", "aria-label": `Relative error over the step, for ${this.table.title}` }, inside, ...labels);
    this.listen(plot);
    const keys = this.lines.flatMap(({ dtype }) => [chip(LOOKS[dtype][0], `${LOOKS[dtype][1]} ${dtype}`), " "]);
    const head = element("p", { class: "cb-caption" }, ...keys, `error for ${this.table.title}`);
    this.frame.picture.replaceChildren(head, plot);
  }

  // The nearest step under the pointer: a preview for a mouse, a choice for a click or a finger that moves sideways.
  listen(plot) {
    const nearest = (event) => {
      const { left, width } = plot.getBoundingClientRect();
      const at = ((event.clientX - left) / width) * 100;
      const far = this.across.map((place) => Math.abs(place - at));
      return far.indexOf(Math.min(...far));
    };
    plot.addEventListener("pointermove", (event) => {
      const at = nearest(event);
      if (event.pointerType === "touch" || event.buttons) return this.go(at);
      if (at !== this.hover) this.paint((this.hover = at));
    });
    plot.addEventListener("pointerleave", () => this.paint((this.hover = null)));
    plot.addEventListener("click", (event) => this.go(nearest(event)));
  }

  paint() {
    const pinned = this.exponents().indexOf(this.model.get("exponent"));
    const at = this.hover ?? pinned;
    this.slider.show(pinned);
    this.cursor.setAttribute("d", `M${this.across[at]} 0V100`);
    const rows = this.lines.map((line) => {
      const [role, mark] = LOOKS[line.dtype];
      const [word, error] = line.marks[at] === "n" ? [" ", "no answer"] : [" error ", line.errors[at]];
      return element("p", {}, chip(role, `${mark} ${line.dtype}`), word, element("strong", {}, error));
    });
    this.frame.strip.replaceChildren(element("p", {}, `h ${this.steps[at].replace(/^\S+/, "= $&")}`), ...rows);
    this.frame.says.textContent = this.sentence(at);
  }

  sentence(at) {
    return this.lines
      .map(({ dtype, errors, marks }, number) => {
        const what = marks[at] === "n" ? "no answer" : `error ${errors[at]}`;
        const same = number && marks[at] === this.lines[number - 1].marks[at];
        return `${dtype}: ${what}${same ? ", likewise." : ": " + this.table.words[marks[at]]}`;
      })
      .join(" ");
  }

  written() {
    const heads = ["step h", ...this.lines.map(({ dtype }) => dtype)];
    const rows = this.steps.map((text, at) => [text, ...this.lines.map(({ errors, marks }) => (marks[at] === "n" ? "no answer" : errors[at] + (marks[at] === "k" ? ", a corner" : "")))]);
    return [writtenTable(`Relative error for ${this.table.title}`, heads, rows)];
  }
}

export default { render: rendered("cb-step-size", View, { "tables case": "draw", exponent: "paint" }) };
