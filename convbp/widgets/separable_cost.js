// The view of SeparableCost: the costs as blocks of area and in a table, or one of the two views of the small layer.

const SIZES = "channels filters kernel multiplier";
const CHANGES = `tables layer view back ${SIZES}`;
const VIEWS = ["cost", "gradients", "rank"];
const LABELS = { channels: "I, channels in", filters: "O, filters", kernel: "K × K taps", multiplier: "M, multiplier" };
const QUESTIONS = {
  cost: "I·O·K² parameters in one stage, or I·M·K² + I·M·O in two: blocks of one scale.",
  gradients: "x → z filters every channel alone, z → y mixes the maps. Point at a cell; a click or Enter pins it, Esc lets it go.",
  rank: "The two stages are one ordinary layer whose filters are outer products. Point at a cell of the three tables.",
};
const GENERAL = {
  cost: "separable : ordinary = M·(1/O + 1/K²)",
  gradients: "dz = w_point backwards, then dx and dw_depth from dz: two layers, two chain rules.",
  rank: "w[f,c,k] = Σ over m of w_point[f, c·M+m]·w_depth[c,m,k]",
};

function grouped(number) {
  return number.toLocaleString("en-US");
}

// One choice of sizes, as Python packed it.
function readCosts(packed) {
  const rows = packed.split(";");
  const [ordinary, depthwise, pointwise, separable, widths, heights, frame] = rows.slice(0, 7).map((row) => row.split(" ").map(Number));
  return { costs: { ordinary, depthwise, pointwise, separable }, widths, heights, frame, percent: rows[7] };
}

class View {
  constructor(model, el) {
    this.model = model;
    this.hover = this.focus = null;
    this.frame = new Frame(el, {
      question: "What does a separable layer save, and what does it give up?",
      hint: " ",
      twin: "The numbers of this picture, written out",
      write: () => this.written(),
    });
    this.hint = this.frame.root.querySelector(".cb-hint");
    this.makeControls();
    this.draw();
  }

  set(name, value) {
    this.model.set(name, value);
    this.model.save_changes();
  }

  makeControls() {
    const options = this.model.get("options");
    this.tabs = new Switch("Show", ["cost", "gradients", "rank"], (number) => this.set("view", VIEWS[number]));
    this.sliders = Object.entries(LABELS).map(([name, label]) => [name, new Slider(label, options[name].map(String), (number) => this.set(name, options[name][number]))]);
    this.back = new Switch("Read z and y", ["forward", "backward"], (number) => this.set("back", number === 1));
    this.own = element("div", { class: "cb-controls" });
    this.frame.controls.before(element("div", { class: "cb-controls" }, this.tabs.root));
    this.frame.controls.append(this.own);
    this.frame.twin.before(guess("a layer with one filter, O = 1, and 3 × 3 taps. Does it save anything to make it separable?", "No. The share is 1·(1/1 + 1/9), more than 1: with one filter there is nothing to mix, and the second stage comes on top."));
  }

  draw() {
    this.view = this.model.get("view");
    this.hover = this.focus = null;
    this.tabs.show(VIEWS.indexOf(this.view));
    this.hint.textContent = QUESTIONS[this.view];
    this.frame.general.textContent = GENERAL[this.view];
    this.frame.picture.classList.toggle("cb-costs", this.view === "cost");
    if (this.view === "cost") this.drawCosts();
    else this.drawLayer();
    this.frame.write();
  }

  controls(...roots) {
    if (this.shows === this.view) return;
    this.shows = this.view;
    this.own.replaceChildren(...roots);
  }

  drawCosts() {
    const { model, frame } = this;
    this.controls(...this.sliders.map(([, slider]) => slider.root));
    const sizes = Object.fromEntries(this.sliders.map(([name, slider]) => {
      slider.input.disabled = slider.texts.length < 2;
      slider.show(optionNumber(model, name));
      return [name, model.get(name)];
    }));
    const { costs, widths, heights, frame: limits, percent } = readCosts(chosenTable(model));
    const blocks = ["ordinary", "pointwise", "depthwise"].map((name, number) => this.block(name, costs[name][0], widths[number], heights[number]));
    const row = element("div", { class: "cb-blocks" }, blocks[0], this.joined("against", blocks[1]), this.joined("+", blocks[2]));
    ["--cb-wide", "--cb-widest", "--cb-high-most"].forEach((name, number) => row.style.setProperty(name, limits[number]));
    row.style.setProperty("--cb-k", sizes.kernel);
    frame.picture.replaceChildren(row);
    frame.says.textContent = this.costSentence(costs, sizes, percent);
    const where = model.get("outputs").join(" × ");
    const rows = Object.entries(costs).map(([name, cost]) => [name, ...cost.map(grouped)]);
    frame.strip.replaceChildren(element("div", { class: "cb-written" }, writtenTable(`One layer, one sample, ${where} outputs`, ["layer", "parameters", "multiply-adds"], rows)));
  }

  block(name, parameters, wide, high) {
    const area = element("div", { class: `cb-area cb-area-${name} cb-is-w` });
    area.style.setProperty("--cb-w", wide);
    area.style.setProperty("--cb-h", high);
    return element("div", { class: "cb-block" }, area, element("span", {}, name), element("strong", {}, grouped(parameters)));
  }

  joined(word, block) {
    return element("div", { class: "cb-joined" }, element("span", { class: "cb-against" }, word), block);
  }

  costSentence({ ordinary, separable }, { filters, kernel, multiplier }, percent) {
    const says = separable[0] < ordinary[0] ? "needs" : "saves nothing: it needs";
    const share = `M·(1/O + 1/K²) = ${multiplier}·(1/${filters} + 1/${kernel}²) = ${percent} %`;
    return `The separable layer ${says} ${grouped(separable[0])} parameters where the ordinary one has ${grouped(ordinary[0])}: ${share}.`;
  }

  drawLayer() {
    this.controls(...(this.view === "gradients" ? [this.back.root] : []));
    this.back.show(this.model.get("back") ? 1 : 0);
    const acts = {
      hover: (target) => this.preview("hover", target),
      focus: (target) => this.preview("focus", target),
      pin: (target) => this.pin(target),
      unpin: () => this.select({}),
    };
    this.panel = new LayerPanel(this.model.get("layer")[this.view], this.view, (way, target) => acts[way](target));
    const ranks = this.view === "rank" ? [element("p", { class: "cb-ranks" }, this.model.get("layer").ranks)] : [];
    this.frame.picture.replaceChildren(this.panel.root, ...ranks);
    this.paint();
  }

  preview(way, target) {
    this[way] = target;
    this.paint();
  }

  pinned() {
    const { array, index } = this.model.get("selection");
    const cells = this.panel.sums.cells[array] ?? [];
    const cell = cells.findIndex((found) => found.join() === index.join());
    return cell < 0 ? null : { array, cell };
  }

  pin({ array, cell }) {
    const now = this.pinned();
    const again = now?.array === array && now.cell === cell;
    this.select(again ? {} : { array, index: this.panel.sums.cells[array][cell] });
  }

  select(selection) {
    this.set("selection", selection);
    this.settle();
  }

  settle() {
    this.hover = this.focus = null;
    if (this.view !== "cost") this.paint();
  }

  paint() {
    const { frame, panel } = this;
    const back = this.model.get("back");
    const pinned = this.pinned();
    const target = this.hover ?? this.focus ?? pinned;
    const pointed = target && pointLayer(panel.sums, target.array, target.cell, back);
    panel.paint(pointed, pinned, back);
    if (!pointed) {
      frame.says.textContent = "Nothing is pointed at.";
      frame.strip.replaceChildren();
      return;
    }
    frame.says.replaceChildren(panel.sentence(pointed), " ", element("span", { class: "cb-hidden" }, panel.equation(pointed)));
    frame.strip.replaceChildren(...panel.strip(pointed));
  }

  written() {
    const { model } = this;
    if (this.view !== "cost") return this.panel.written(model.get("back"));
    const { costs, percent } = readCosts(chosenTable(model));
    const [i, o, k, m] = SIZES.split(" ").map((name) => model.get(name));
    const rows = [
      ["ordinary", `I·O·K² = ${i}·${o}·${k}² = ${grouped(costs.ordinary[0])}`],
      ["depthwise", `I·M·K² = ${i}·${m}·${k}² = ${grouped(costs.depthwise[0])}`],
      ["pointwise", `I·M·O = ${i}·${m}·${o} = ${grouped(costs.pointwise[0])}`],
      ["separable", `depthwise + pointwise = ${grouped(costs.separable[0])}`],
      ["share", `M·(1/O + 1/K²) = ${m}·(1/${o} + 1/${k}²) = ${percent} %`],
    ];
    const adds = Object.entries(costs).map(([name, cost]) => [name, grouped(cost[1])]);
    const where = model.get("outputs").join(" × ");
    return [writtenTable("Parameters", ["layer", "count"], rows), writtenTable(`Multiply-adds for ${where} outputs`, ["layer", "count"], adds)];
  }
}

export default { render: rendered("cb-separable-cost", View, { [CHANGES]: "draw", selection: "settle" }) };
