// Options: which table stands for the ones that are chosen, and the controls that choose.

function optionNumber(model, name) {
  return model.get("options")[name].findIndex((option) => JSON.stringify(option) === JSON.stringify(model.get(name)));
}

// The tables stand in the order of the options, the last option fastest.
function tableNumber(model) {
  const names = model.get("option_names");
  const count = (name) => model.get("options")[name].length;
  return names.reduce((number, name) => number * count(name) + optionNumber(model, name), 0);
}

function chosenTable(model) {
  return model.get("tables")[tableNumber(model)];
}

function optionText(option) {
  return JSON.stringify(option).replaceAll(/^\[|\]$|"/g, "").replaceAll(",", ", ").replaceAll("-", "−");
}

// One slider for every option, with a label from `names`; `show()` brings them up to date.
class OptionSliders {
  constructor(model, into, names = {}) {
    this.model = model;
    this.sliders = model.get("option_names").map((name) => {
      const options = model.get("options")[name];
      const slider = new Slider(names[name] ?? optionName(name), options.map(optionText), (number) => {
        model.set(name, options[number]);
        model.save_changes();
      });
      slider.input.disabled = options.length < 2;
      into.append(slider.root);
      return [name, slider];
    });
  }

  show() {
    for (const [name, slider] of this.sliders) slider.show(optionNumber(this.model, name));
  }
}

function optionName(name) {
  return name[0].toUpperCase() + name.slice(1).replaceAll("_", " ");
}

// One labelled choice for every option; `show()` brings them up to date.
class OptionControls {
  constructor(model, into) {
    this.model = model;
    this.selects = model.get("option_names").map((name) => {
      const options = model.get("options")[name];
      const [select, label] = choice(optionName(name), options.map(optionText), (number) => {
        model.set(name, options[number]);
        model.save_changes();
      });
      select.disabled = options.length < 2;
      into.append(label);
      return [name, select];
    });
  }

  show() {
    for (const [name, select] of this.selects) select.selectedIndex = optionNumber(this.model, name);
  }
}
