// One question at a time, and the list of questions, which says of each how far it is.
// A plain global, for the reason that outbox.js gives.

const form = document.getElementById("paper");
const words = document.getElementById("paper-words").dataset;
const sections = [...form.querySelectorAll("section[data-position]")];
const positions = sections.map((section) => section.dataset.position);

// ---------- What a question has ----------

function sectionOf(position) {
  return document.getElementById(`cau-${position}`);
}

// The controls of its answer and, where it is asked for, of how sure its taker is.
function fieldsOf(section) {
  return [...section.querySelectorAll("input, select")].filter((field) => /^[pc]\d/.test(field.name));
}

function isChosenOnce(field) {
  return field.type === "radio" || field.type === "checkbox";
}

// Every part of a question wants an answer.
function parts(position) {
  const given = new Map();
  for (const field of fieldsOf(sectionOf(position))) {
    if (!field.name.startsWith("p")) continue;
    const has = isChosenOnce(field) ? field.checked : field.value.trim() !== "";
    given.set(field.name, given.get(field.name) || has);
  }
  return [...given.values()];
}

function isAnswered(position) {
  return parts(position).every(Boolean);
}

function isHalf(position) {
  return !isAnswered(position) && parts(position).some(Boolean);
}

function setHeld(position, isHeld) {
  sectionOf(position).toggleAttribute("data-held", isHeld);
  showState(position);
}

function showState(position) {
  const saved = isAnswered(position) ? "done" : isHalf(position) ? "half" : "";
  const look = sectionOf(position).hasAttribute("data-held") ? "held" : saved;
  const said = { done: words.isSaved, half: words.isHalf, held: words.isHeld, "": words.isOpen }[look];
  const isFlagged = flagged.has(String(position));
  for (const link of linksTo(position)) {
    link.classList.remove("done", "half", "held");
    if (look) link.classList.add(look);
    link.classList.toggle("flag", isFlagged);
    link.querySelector("[data-state]").textContent = `: ${said}${isFlagged ? `, ${words.isFlagged}` : ""}`;
  }
  const count = positions.filter(isAnswered).length;
  for (const place of document.querySelectorAll("[data-answered]")) place.textContent = count;
  const bars = document.querySelectorAll("[data-strip] i");
  bars.forEach((bar, index) => bar.classList.toggle("on", index < count));
}

function linksTo(position) {
  return document.querySelectorAll(`.qnav a[href="#cau-${position}"]`);
}

// ---------- Marked to be looked at again: a note on this device alone ----------

const FLAGS = `flags:${form.dataset.attempt}`;
const flagged = new Set(storedFlags());

function storedFlags() {
  try {
    return JSON.parse(sessionStorage.getItem(FLAGS) || "[]");
  } catch {
    return []; // a private window may refuse storage
  }
}

function toggleFlag(section) {
  const { position } = section.dataset;
  if (!flagged.delete(position)) flagged.add(position);
  try {
    sessionStorage.setItem(FLAGS, JSON.stringify([...flagged]));
  } catch {
    // the marks then last as long as the page
  }
  showFlag(section);
}

function showFlag(section) {
  const { position } = section.dataset;
  section.querySelector("[data-flag]").setAttribute("aria-pressed", String(flagged.has(position)));
  showState(position);
}

// ---------- Which is open ----------

let current = 0;
let isPlaceChosen = false; // by the address or by a hand, not by what is left to answer

function open(index, isChosen = true) {
  current = Math.max(0, Math.min(sections.length - 1, index));
  sections.forEach((section, at) => section.toggleAttribute("hidden", at !== current));
  const position = positions[current];
  for (const link of document.querySelectorAll(".qnav a")) {
    const here = link.hash === `#cau-${position}`;
    link.classList.toggle("here", here);
    if (here) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  for (const place of document.querySelectorAll("[data-current]")) place.textContent = position;
  document.querySelector("[data-previous]").disabled = current === 0;
  document.querySelector("[data-next]").hidden = current === sections.length - 1;
  document.querySelector("[data-last]").hidden = current !== sections.length - 1;
  history.replaceState(null, "", `#cau-${position}`);
  if (isChosen) {
    isPlaceChosen = true;
    const heading = sections[current].querySelector("[data-heading]");
    heading.focus({ preventScroll: true });
    scrollTo({ top: 0 });
  }
}

function openFromAddress() {
  const index = sections.findIndex((section) => `#${section.id}` === location.hash);
  open(index < 0 ? firstUnanswered() : index, index >= 0);
}

// Where to go on; the last question when nothing is left.
function firstUnanswered() {
  const index = positions.findIndex((position) => !isAnswered(position));
  return index < 0 ? sections.length - 1 : index;
}

// ---------- The list of questions, in the dialogs that show it: as it is at that moment ----------

const overview = document.getElementById("overview");

function openWithList(dialog) {
  const place = dialog.querySelector("[data-list]");
  const list = document.querySelector("[data-overview-list]").cloneNode(true);
  place.replaceChildren(...list.childNodes);
  dialog.addEventListener("close", () => place.replaceChildren(), { once: true });
  dialog.showModal();
}

function onClick(event) {
  const link = event.target.closest('a[href^="#cau-"]');
  if (link) {
    event.preventDefault();
    link.closest("dialog")?.close();
    open(sections.findIndex((section) => `#${section.id}` === link.hash));
  }
  if (event.target.closest("[data-overview]")) openWithList(overview);
  if (event.target.closest("[data-previous]")) open(current - 1);
  if (event.target.closest("[data-next]")) open(current + 1);
  const flag = event.target.closest("[data-flag]");
  if (flag) toggleFlag(flag.closest("section"));
}

window.questions = {
  positions,
  sectionOf,
  fieldsOf,
  isChosenOnce,
  isAnswered,
  isHalf,
  setHeld,
  openWithList,

  begin() {
    sections.forEach(showFlag);
    openFromAddress();
    document.addEventListener("click", onClick);
    addEventListener("hashchange", openFromAddress);
  },
  // When more answers have come to light than the page showed at first.
  openWhereLeftOff() {
    if (!isPlaceChosen) open(firstUnanswered(), false);
  },
  // Back from something that was in front of it.
  openAgain() {
    open(current);
  },
};
