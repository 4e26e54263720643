// The view of Invariance: the picture and its moved twin, and for each layer the map of the moved picture with a ghost of
// the moved map in every cell.

const CHOSEN = ["picture", "motion", "stage", "boundary"];
const LAYERS = ["ordinary layer", "group layer"];

function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}

// Two characters a number, to the base of 36, counted from −648.
function unpacked(text) {
  return text.match(/../g).map((pair) => parseInt(pair, 36) - 648);
}

class View {
  constructor(model, el) {
    this.model = model;
    this.hover = this.focus = this.pinned = null;
    this.frame = new Frame(el, {
      question: "Does it matter whether one moves before the layer or behind it?",
      hint: "Large: y of moved x. Small, below: y, moved. A cell says = where they agree and ≠ where they differ.",
      twin: "All cells of both maps, written out",
      write: () => this.twin(),
    });
    this.controls = new OptionControls(model, this.frame.controls);
    const question = "the picture is shifted by one pixel, and the layer has stride 2. Will its map only shift?";
    this.frame.twin.before(guess(question, "No: by half a cell, which no map can do. The layer looks at other pixels now. After a shift by two it agrees again, where the border does not interfere."));
    this.draw();
  }

  key(layer, ...names) {
    return [...names.map((name) => optionNumber(this.model, name)), layer].join("");
  }

  draw() {
    this.controls.show();
    const { model } = this;
    const picture = model.get("picture");
    const found = LAYERS.map((name, layer) => ({ name, layer, maps: model.get("maps")[this.key(layer, "picture", "stage", "boundary")], errors: model.get("errors")[this.key(layer, ...CHOSEN)] }));
    this.layers = found.filter(({ errors }) => errors).map(({ name, layer, maps, errors }) => {
      const [count, columns, numbers] = maps.split(";");
      const [y, text] = [unpacked(numbers), model.get("moved")[this.key(layer, ...CHOSEN)]];
      const [toMap, toPlace] = model.get("orders")[this.key(layer, "picture", "motion", "stage")].split(";").map(unpacked);
      const moved = toMap.flatMap((map) => toPlace.map((place) => y[map * toPlace.length + place]));
      return { name, maps: Number(count), columns: Number(columns), moved, ofMoved: text ? unpacked(text) : moved, errors: errors.split(" ") };
    });
    this.sentence = this.layers.length ? this.says(model.get("motion"), model.get("stage")) : `${capital(model.get("motion"))}: a ${picture} has one axis and cannot be turned.`;
    this.hover = this.focus = this.pinned = null;
    const most = Math.max(1, ...this.layers.map((layer) => layer.maps));
    if (most !== this.most) this.chooseAmong(most);
    this.chooser.show(model.get("map") % most);
    this.grids = [];
    const figures = this.layers.map((layer, number) => this.figure(layer, number));
    this.frame.picture.className = "cb-picture cb-moved";
    const turned = this.layers.length ? [] : [element("p", { class: "cb-empty" }, this.sentence)];
    this.frame.picture.replaceChildren(element("div", { class: "cb-pair" }, ...this.pair()), ...figures, ...turned);
    this.paint();
    this.frame.write();
  }

  chooseAmong(most) {
    this.most = most;
    this.chooser?.root.remove();
    this.chooser = new Switch("Map", Array.from({ length: most }, (_, number) => String(number)), (number) => {
      this.model.set("map", number);
      this.model.save_changes();
    });
    this.chooser.root.hidden = most < 2;
    this.frame.controls.append(this.chooser.root);
  }

  says(motion, stage) {
    const parts = this.layers.map((layer) => {
      const equal = layer.moved.filter((value, cell) => value === layer.ofMoved[cell]).length;
      return `${capital(layer.name)}: ${equal} of ${layer.moved.length} cells agree, error ${layer.errors[0]}.`;
    });
    return [`${capital(motion)}, ${stage}.`, ...parts].join(" ");
  }

  // The picture as it is, and moved.
  pair() {
    const packed = this.model.get("pictures")[optionNumber(this.model, "picture")];
    const motion = this.model.get("motion");
    return [["x", "x"], [motion, "x moved"]].filter(([name]) => packed[name]).map(([name, caption]) => {
      const values = unpacked(packed[name]);
      const picture = mapPicture(values, packed.columns, largestOf(values));
      return element("div", { class: "cb-portrait" }, element("p", { class: "cb-caption" }, chip("x", caption)), picture);
    });
  }

  figure(layer, number) {
    const units = this.units(layer);
    const grid = new CellGrid(`${layer.name}, y of moved x`, units, layer.columns, {
      hover: (cell) => this.preview("hover", number, cell),
      focus: (cell) => this.preview("focus", number, cell),
      pin: (cell) => this.pin(number, cell),
      unpin: () => this.pin(number, null),
    });
    this.grids[number] = grid;
    const [equivariance, invariance] = layer.errors;
    const error = element("p", { class: "cb-error" }, `equivariance error ${equivariance}, invariance error ${invariance}`);
    return element("div", { class: "cb-figure" }, element("p", { class: "cb-caption" }, chip("y", "y"), ` ${layer.name}`), grid.root, error);
  }

  units(layer) {
    return layer.ofMoved.length / layer.maps;
  }

  preview(way, layer, cell) {
    this[way] = cell === null ? null : { layer, cell };
    this.paint();
  }

  pin(layer, cell) {
    const again = this.pinned?.layer === layer && this.pinned.cell === cell;
    this.pinned = cell === null || again ? null : { layer, cell };
    this.paint();
  }

  // What a cell of the shown map holds, both ways round.
  at(layer, cell) {
    const found = this.layers[layer];
    const place = (this.model.get("map") % found.maps) * this.units(found) + cell;
    const [row, column] = [Math.floor(cell / found.columns), cell % found.columns];
    const name = this.units(found) > found.columns ? `${row},${column}` : String(column);
    const [ofMoved, moved] = [found.ofMoved[place], found.moved[place]];
    return { name, ofMoved: signed(ofMoved), moved: signed(moved), sign: ofMoved === moved ? "=" : "≠" };
  }

  paint() {
    const target = this.hover ?? this.focus ?? this.pinned;
    this.layers.forEach((_, layer) => {
      this.grids[layer].cells.forEach((_, cell) => {
        const { name, ofMoved, moved, sign } = this.at(layer, cell);
        const here = target?.layer === layer && target.cell === cell;
        this.grids[layer].paint(cell, {
          role: sign === "=" ? "y" : "leftover",
          name: sign,
          value: ofMoved,
          tag: moved,
          tagRole: "padding",
          state: here ? "active" : "plain",
          says: `${name}: y of moved x ${ofMoved}, moved y ${moved}, ${sign === "=" ? "equal" : "not equal"}`,
          pinned: this.pinned?.layer === layer && this.pinned.cell === cell,
        });
      });
    });
    this.tell(target);
  }

  tell(target) {
    this.frame.general.textContent = "equivariance error = max |f(T x) − T f(x)| / max |T f(x)|; for the invariance error f(x) stays where it is";
    const cell = target && this.at(target.layer, target.cell);
    const words = cell ? `${this.layers[target.layer].name}[${cell.name}]: y of moved x = ${cell.ofMoved} ${cell.sign} ${cell.moved} = moved y.` : "";
    this.frame.strip.replaceChildren(element("p", {}, this.sentence), element("p", {}, words));
    this.frame.says.replaceChildren(element("span", { class: "cb-hidden" }, [words, this.sentence].filter(Boolean).join(" ")));
  }

  twin() {
    const tables = this.layers.map((layer, number) => {
      const rows = this.grids[number].cells.map((_, cell) => this.at(number, cell)).map(({ name, ofMoved, sign, moved }) => [name, ofMoved, sign, moved]);
      return writtenTable(`${layer.name}, map ${this.model.get("map") % layer.maps}`, ["cell", "y of moved x", "agree", "moved y"], rows);
    });
    return [element("p", {}, this.sentence), ...tables];
  }
}

export default { render: rendered("cb-invariance", View, { "picture motion stage boundary map pictures maps moved errors": "draw" }) };
