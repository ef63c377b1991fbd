// Putting steps in order: buttons that move a step, beside the list of places that works alone.

for (const list of document.querySelectorAll("[data-steps]")) {
  const steps = () => [...list.children];
  const place = (step) => step.querySelector("select");
  const said = list.parentElement.querySelector("[data-moved-said]");
  for (const element of list.parentElement.querySelectorAll("[data-script-only]")) element.hidden = false;

  // An order given before is shown as that order.
  if (steps().every((step) => place(step).value)) {
    list.append(...steps().sort((one, other) => place(one).value - place(other).value));
  }

  function number() {
    steps().forEach((step, index) => (place(step).value = index + 1));
    list.dispatchEvent(new Event("change", { bubbles: true }));
  }

  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const step = button.closest("li");
    if (button.dataset.move === "-1") step.previousElementSibling?.before(step);
    else step.nextElementSibling?.after(step);
    number();
    button.focus();
    said.textContent = list.dataset.moved.replace("{place}", place(step).value);
  });

  list.parentElement.querySelector("[data-keep-order]").addEventListener("click", number);

  // Two steps at one place count as none: say so while it can be mended.
  const twins = list.parentElement.querySelector("[data-twins]");
  function check() {
    const taken = steps().map((step) => place(step).value).filter(Boolean);
    const isTwin = (value) => value && taken.indexOf(value) !== taken.lastIndexOf(value);
    for (const step of steps()) place(step).setAttribute("aria-invalid", Boolean(isTwin(place(step).value)));
    twins.hidden = new Set(taken).size === taken.length;
  }
  list.addEventListener("change", check);
  check();
}
