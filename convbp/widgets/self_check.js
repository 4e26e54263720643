// The view of SelfCheck: questions below each other, each a group of radio buttons with its verdict.

const NONE = -1;

class Asked {
  constructor({ text, options }, number, group, choose) {
    this.options = options;
    this.verdict = element("p", { class: "cb-verdict", "aria-live": "polite" });
    this.radios = options.map((option, at) => {
      const radio = element("input", { type: "radio", name: group });
      radio.addEventListener("change", () => choose(at));
      return radio;
    });
    this.labels = options.map((option, at) => element("label", { class: "cb-option" }, this.radios[at], element("span", {}, option.text)));
    this.root = element("fieldset", {}, element("legend", {}, `${number}. ${text}`), ...this.labels, this.verdict);
  }

  paint(answer) {
    const chosen = this.options[answer];
    this.radios.forEach((radio, at) => (radio.checked = at === answer));
    this.labels.forEach((label, at) => label.classList.toggle("cb-chosen", at === answer));
    this.root.className = chosen ? (chosen.right ? "cb-right" : "cb-wrong") : "";
    const text = chosen ? `${chosen.right ? "✓ Right." : "✗ Not this one."} ${chosen.reason}` : "";
    if (this.verdict.textContent !== text) this.verdict.textContent = text;
  }
}

class View {
  constructor(model, el) {
    this.model = model;
    const group = "cb" + Math.random().toString(36).slice(2);
    this.asked = model.get("questions").map((question, at) => new Asked(question, at + 1, `${group}-${at}`, (answer) => this.choose(at, answer)));
    this.score = element("p", { class: "cb-score" });
    el.classList.add("cb-widget");
    el.setAttribute("data-lm-suppress-shortcuts", "true");
    el.append(
      element(
        "div",
        { class: "cb-frame cb-quiz", role: "group", "aria-label": "Check yourself" },
        element("p", { class: "cb-hint" }, "Choose an answer, and you are told why it is right or wrong. You can change it."),
        ...this.asked.map((question) => question.root),
        this.score,
      ),
    );
    this.paint();
  }

  choose(at, answer) {
    this.model.set("answers", this.model.get("answers").map((old, place) => (place === at ? answer : old)));
    this.model.save_changes();
    this.paint();
  }

  paint() {
    const answers = this.model.get("answers");
    this.asked.forEach((question, at) => question.paint(answers[at]));
    const given = answers.filter((answer) => answer !== NONE).length;
    const right = answers.filter((answer, at) => this.asked[at].options[answer]?.right).length;
    const all = answers.length;
    // Spoken only when the last question is answered: until then the verdict says enough.
    this.score.setAttribute("aria-live", given === all ? "polite" : "off");
    const text = `${right} of ${all} right` + (given === all ? "." : `, ${all - given} still to answer.`);
    if (this.score.textContent !== text) this.score.textContent = text;
  }
}

export default { render: rendered("cb-self-check", View, { answers: "paint" }) };
