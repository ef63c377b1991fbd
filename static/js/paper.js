// Taking a quiz: one question at a time, every answer saved as it is given.
// The plain form works without this file; nothing here decides anything, the server does.

// On a bad network one of its files may not come. Half a page would take answers and send none.
if (!window.outbox || !window.post || !window.flags) throw new Error("a script did not come");

const form = document.getElementById("paper");
const sections = [...form.querySelectorAll("section[data-position]")];
const words = document.getElementById("paper-words").dataset;
const state = document.querySelector("[data-save-state]");

// ---------- Saving ----------

const attempt = form.dataset.attempt;
const waiting = new Map(); // position → the answer that the server has not acknowledged yet
let sending = null; // the promise of the run that is under way
let failures = 0;

function fieldsOf(section) {
  return [...section.querySelectorAll("input, select")].filter((field) => /^[pc]\d/.test(field.name));
}

function newAnswer(section) {
  const revision = Number(section.dataset.revision) + 1;
  setRevision(section, revision);
  const chosen = fieldsOf(section).filter((field) => !isChosenOnce(field) || field.checked);
  return {
    attempt,
    position: Number(section.dataset.position),
    op_id: operationId(),
    revision,
    fields: chosen.map((field) => [field.name, field.value]),
    givenAt: Date.now(),
  };
}

function setRevision(section, revision) {
  section.dataset.revision = revision;
  section.querySelector(`[name="r${section.dataset.position}"]`).value = revision;
}

function isChosenOnce(field) {
  return field.type === "radio" || field.type === "checkbox";
}

function operationId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Only secure contexts have randomUUID; an office network may serve plain HTTP.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function bodyOf(answer) {
  const body = new FormData();
  body.set("csrf_token", form.elements.csrf_token.value);
  for (const name of ["op_id", "position", "revision"]) body.set(name, answer[name]);
  for (const [name, value] of answer.fields) body.append(name, value);
  return body;
}

// Send what is waiting, in the order it was given; resolves when nothing waits or nothing helps.
function send() {
  sending ||= run().finally(() => (sending = null));
  return sending;
}

async function run() {
  while (waiting.size) {
    const answer = waiting.values().next().value;
    show("wait", words.saving);
    const reply = await deliver(answer);
    if (!reply) {
      showHeld();
      for (const position of waiting.keys()) mark(position);
      await pauseBeforeTry(failures++);
      continue;
    }
    failures = 0;
    showNetwork();
    if (KEPT_AFTER.includes(reply.reason)) {
      refused(reply.reason, reply.reason === "OpenElsewhere" ? reply.error : words.signIn);
      return; // what waits stays on this device
    }
    // A newer answer to the same question may have been given meanwhile: it stays in line.
    if (waiting.get(answer.position) === answer) waiting.delete(answer.position);
    const isSaved = reply.saved_at && !reply.is_stale;
    await outbox.settle(answer, isSaved ? reply.saved_at : null);
    if (!isSaved) {
      refused(reply.reason, reply.is_stale ? words.stale : reply.error || words.failed);
      if (reply.reason === "AttemptOver") setTimeout(handIn);
      continue;
    }
    if (!waiting.has(answer.position)) mark(answer.position);
    if (!waiting.size) show("ok", words.saved.replace("{time}", reply.saved_at));
  }
}

// What the server says to this answer, or null if it is to be sent again: there was no network, the
// server was busy, or its words were cut short on their way here.
async function deliver(answer) {
  try {
    const response = await post(form.action, {
      body: bodyOf(answer),
      headers: { Accept: "application/json" },
    });
    if (response.status >= 500 || response.status === 429) return null;
    return await response.json();
  } catch {
    return null;
  }
}

// Refusals after which the answer is sent again, once the person has done something.
const KEPT_AFTER = ["OpenElsewhere", "Unauthorized", "CSRFError"];

function refused(reason, sentence) {
  show("off", sentence);
  const note = reason === "OpenElsewhere" ? "paper-elsewhere" : "paper-reload";
  document.getElementById(note).hidden = false;
}

function showHeld() {
  showNetwork();
  show("off", words.held.replace("{count}", waiting.size));
}

let kind = "";
function show(next, sentence) {
  state.className = `save save--${next}`;
  // Screen readers hear a change of kind, not each save.
  state.setAttribute("aria-live", next === kind ? "off" : "polite");
  kind = next;
  for (const icon of state.querySelectorAll("[data-icon]")) {
    icon.toggleAttribute("hidden", icon.dataset.icon !== next);
  }
  state.querySelector("[data-save-text]").textContent = sentence;
}

form.addEventListener("change", (event) => {
  const section = event.target.closest("section[data-position]");
  if (section) keep(section);
});

// What is being typed is kept after a pause, not only when the field is left.
let pause;
form.addEventListener("input", (event) => {
  clearTimeout(pause);
  if (event.target.type !== "text") return;
  pause = setTimeout(() => keep(event.target.closest("section[data-position]")), 1500);
});

function keep(section) {
  clearTimeout(pause);
  const answer = newAnswer(section);
  // Delete first, so that the newest answer goes to the end of the line.
  waiting.delete(answer.position);
  waiting.set(answer.position, answer);
  mark(answer.position);
  // At once, since until now the line says that all is saved.
  if (failures) showHeld();
  else show("wait", words.saving);
  outbox.keep(answer).then(send);
}

// What this device kept when the page was last closed, or that a kept page does not show.
async function restore() {
  for (const answer of await outbox.answers(attempt)) {
    const section = document.getElementById(`cau-${answer.position}`);
    if (waiting.has(answer.position)) continue; // answered anew while the store was slow
    if (!section || answer.revision <= Number(section.dataset.revision)) {
      if (!answer.savedAt && section) waiting.set(answer.position, answer); // the server will tell
      continue;
    }
    setRevision(section, answer.revision);
    for (const field of fieldsOf(section)) {
      const values = answer.fields.filter(([name]) => name === field.name).map(([, value]) => value);
      if (isChosenOnce(field)) field.checked = values.includes(field.value);
      else field.value = values[0] ?? "";
    }
    if (answer.savedAt) show("ok", words.saved.replace("{time}", answer.savedAt));
    else waiting.set(answer.position, answer);
    mark(answer.position);
  }
}

// ---------- Handing in ----------

const handInForm = document.getElementById("hand-in");
const check = document.getElementById("check");
const checkForm = check.querySelector("[data-check]");
const handInButton = checkForm.querySelector('[value="hand-in"]');
const consent = document.getElementById("check-consent");
const goOn = document.querySelector("[data-go-on]");
const elsewhere = document.getElementById("paper-elsewhere");
const MOST_NAMED = 6; // of the open questions: more are found in the list
const FIRST_LOOK = 500; // ms: a second tap at the place of the first hands nothing in
let openedAt = 0;

form.addEventListener("submit", async (event) => {
  overview.close();
  const { submitter } = event;
  if (submitter?.value === "check") {
    event.preventDefault();
    return openCheck();
  }
  if (!submitter?.value) return event.preventDefault(); // Enter: what was typed is saved already
  // The plain form would carry answers a second time: send what waits, then let it go.
  keepPlace(form);
  if (!waiting.size && navigator.onLine) return;
  event.preventDefault();
  if (navigator.onLine) await Promise.race([send(), new Promise((late) => setTimeout(late, 4000))]);
  if (!waiting.size && navigator.onLine) form.requestSubmit(submitter);
});

// Where an answer leads on to inherits the place from what was asked.
function keepPlace(asking) {
  asking.action = asking.action.split("#")[0] + location.hash;
}

elsewhere.querySelector("form").addEventListener("submit", ({ target }) => keepPlace(target));

// What is answered and what is not: as it is on this device, and so without a network too.
function openCheck() {
  if (!elsewhere.hidden) return lookAt(elsewhere); // nothing can be handed in from here
  if (isHandingIn) return sayNotHandedIn();
  const positions = sections.map((section) => section.dataset.position);
  const left = positions.filter((position) => !answered(position));
  const few = left.length <= MOST_NAMED;
  const said = left.length === 1 ? words.oneOpen : few ? words.someOpen : words.manyOpen;
  check.querySelector("[data-open-count]").textContent = said.replace("{count}", left.length);
  const links = left.flatMap((position) => [", ", ...nameOf(position)]).slice(1);
  check.querySelector("[data-open]").replaceChildren(...(few ? [...links, "."] : []));
  for (const part of check.querySelectorAll("[data-some-open]")) part.hidden = !left.length;
  check.querySelector("[data-none-open]").hidden = left.length > 0;
  check.querySelector("[data-list]").replaceChildren(...copyOfList());
  consent.checked = !left.length;
  showConsent(true);
  showNetwork();
  check.showModal();
  check.scrollTop = 0; // the focus is on the way back, at the end
  openedAt = performance.now();
}

function nameOf(position) {
  const link = document.createElement("a");
  link.href = `#cau-${position}`;
  link.textContent = words.question.replace("{number}", position);
  return isHalf(position) ? [link, ` ${words.half}`] : [link];
}

function showConsent(isThere) {
  document.getElementById("check-consent-error").hidden = isThere;
  consent.setAttribute("aria-invalid", String(!isThere));
}

function showNetwork() {
  check.querySelector("[data-offline]").hidden = navigator.onLine && !failures;
}
addEventListener("online", showNetwork);
addEventListener("offline", showNetwork);

handInButton.addEventListener("click", (event) => {
  const isTap = event.detail > 0; // not a key
  if (isTap && performance.now() - openedAt < FIRST_LOOK) event.preventDefault();
});

// Enter would press the form's first button, which leads back.
consent.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());

checkForm.addEventListener("submit", (event) => {
  if (event.submitter !== handInButton) return;
  event.preventDefault(); // the dialog stays until the paper is handed in, or is known not to be
  showConsent(consent.checked);
  if (consent.checked) handIn();
  else consent.focus();
});

// Hand in as soon as the network allows, also after this page was closed and opened again.
let isHandingIn = false;
let wishes = 0; // to hand in: one that was taken back does not go on beside a later one
async function handIn({ isTimeUp = false } = {}) {
  if (isHandingIn) return;
  const wish = ++wishes;
  const isWanted = () => isHandingIn && wish === wishes;
  showHandingIn(true);
  handInForm.elements.time_is_up.value = isTimeUp ? "y" : "";
  setTimeout(sayNotHandedIn, navigator.onLine && !failures ? 3000 : 0);
  remember({ isToBeHandedIn: true, isTimeUp });
  await send();
  if (!isWanted()) return;
  if (waiting.size) {
    stopHandingIn(); // refused, and a note says what to do
    return lookAt(elsewhere.hidden ? document.getElementById("paper-reload") : elsewhere);
  }
  await handInWhenOnline(handInForm, attempt, isWanted);
}

function showHandingIn(now) {
  isHandingIn = now;
  form.inert = now;
  handInButton.style.minWidth = `${handInButton.offsetWidth}px`;
  handInButton.textContent = now ? words.handingIn : words.handIn;
}

function sayNotHandedIn() {
  if (!isHandingIn) return;
  check.close();
  document.getElementById("paper-not-handed-in").hidden = false;
  lookAt(goOn);
}

function lookAt(element) {
  if (element.tabIndex < 0) element.tabIndex = -1; // a note can have the focus too
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: "center" });
}

function stopHandingIn() {
  showHandingIn(false);
  check.close();
  document.getElementById("paper-not-handed-in").hidden = true;
  remember({ isToBeHandedIn: false });
}

// For this page when it is opened again; handing in does not wait for a slow store.
async function remember(wish) {
  await outbox.keepPaper({ ...(await outbox.paper(attempt)), ...wish });
}

goOn.addEventListener("click", () => {
  stopHandingIn();
  open(current);
});

// ---------- One question at a time ----------

let current = 0;

// Every part of a question wants an answer.
function parts(position) {
  const section = document.getElementById(`cau-${position}`);
  const given = new Map();
  for (const field of section.querySelectorAll("input, select")) {
    if (!/^p\d/.test(field.name)) continue;
    const has = isChosenOnce(field) ? field.checked : field.value.trim() !== "";
    given.set(field.name, given.get(field.name) || has);
  }
  return [...given.values()];
}

function answered(position) {
  return parts(position).every(Boolean);
}

function isHalf(position) {
  return !answered(position) && parts(position).some(Boolean);
}

function mark(position) {
  const saved = answered(position) ? "done" : isHalf(position) ? "half" : "";
  const look = waiting.has(Number(position)) ? "held" : saved;
  for (const link of document.querySelectorAll(`.qnav a[href="#cau-${position}"]`)) {
    link.classList.remove("done", "half", "held");
    if (look) link.classList.add(look);
    const said = { done: words.isSaved, half: words.isHalf, held: words.isHeld, "": words.isOpen }[look];
    const flagged = link.classList.contains("flag") ? `, ${words.isFlagged}` : "";
    link.querySelector("[data-state]").textContent = `: ${said}${flagged}`;
  }
  const count = sections.filter((section) => answered(section.dataset.position)).length;
  for (const place of document.querySelectorAll("[data-answered]")) place.textContent = count;
  const bars = document.querySelectorAll("[data-strip] i");
  bars.forEach((bar, index) => bar.classList.toggle("on", index < count));
}

function open(index, focus = true) {
  current = Math.max(0, Math.min(sections.length - 1, index));
  sections.forEach((section, at) => section.toggleAttribute("hidden", at !== current));
  const position = sections[current].dataset.position;
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
  if (focus) {
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
  const index = sections.findIndex((section) => !answered(section.dataset.position));
  return index < 0 ? sections.length - 1 : index;
}

// Where there is no room for the list of questions, a button opens it: as it is at that moment.
const overview = document.getElementById("overview");

function openOverview() {
  overview.querySelector("[data-list]").replaceChildren(...copyOfList());
  overview.showModal();
}

function copyOfList() {
  return document.querySelector("[data-overview-list]").cloneNode(true).childNodes;
}

for (const dialog of [overview, check]) {
  dialog.addEventListener("close", () => dialog.querySelector("[data-list]").replaceChildren());
}

document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#cau-"]');
  if (link) {
    event.preventDefault();
    overview.close();
    check.close();
    open(sections.findIndex((section) => `#${section.id}` === link.hash));
  }
  if (event.target.closest("[data-overview]")) openOverview();
  if (event.target.closest("[data-previous]")) open(current - 1);
  if (event.target.closest("[data-next]")) open(current + 1);
  const flag = event.target.closest("[data-flag]");
  if (flag) toggleFlag(flag.closest("section"), flag);
});
addEventListener("hashchange", openFromAddress);

// ---------- Marked for review: a note on this device alone ----------

const flagged = flags.of(attempt);

function toggleFlag(section, button) {
  const { position } = section.dataset;
  if (!flagged.delete(position)) flagged.add(position);
  flags.keep(attempt, flagged);
  showFlag(section, button);
}

function showFlag(section, button) {
  const position = section.dataset.position;
  const on = flagged.has(position);
  button.setAttribute("aria-pressed", String(on));
  for (const link of document.querySelectorAll(`.qnav a[href="#cau-${position}"]`)) {
    link.classList.toggle("flag", on);
  }
  mark(position);
}

// ---------- The clock: decoration; the server's deadline is the only one ----------

const timer = document.querySelector("[data-seconds-left]");
const spoken = document.getElementById("timer-spoken");
const THRESHOLDS = [600, 300, 60, 30];
let end = performance.now() + Number(timer.dataset.secondsLeft) * 1000;
let before = Number(timer.dataset.secondsLeft);

// A page that was kept for lack of a network is old: count from when it was fresh.
async function setClock() {
  const paper = await outbox.paper(attempt);
  const { servedAt } = form.dataset;
  if (paper.servedAt === servedAt) {
    end = performance.now() + paper.endsAt - Date.now();
  } else {
    await outbox.keepPaper({ ...paper, servedAt, endsAt: Date.now() + end - performance.now() });
  }
}

function tick() {
  const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
  const minutes = Math.floor(left / 60);
  timer.textContent = `${minutes}:${String(left % 60).padStart(2, "0")}`;
  const passed = THRESHOLDS.find((threshold) => before > threshold && left <= threshold);
  if (passed) {
    spoken.textContent =
      passed >= 60
        ? words.minutesLeft.replace("{count}", passed / 60)
        : words.secondsLeft.replace("{count}", passed);
  }
  before = left;
  if (left > 0) return;
  clearInterval(ticking);
  handIn({ isTimeUp: true }); // if the server agrees; it grades what it has
}
const ticking = setInterval(tick, 1000);

// ---------- Begin ----------

document.documentElement.classList.add("has-script");
for (const element of document.querySelectorAll("[data-script-only]")) element.hidden = false;
for (const element of document.querySelectorAll("[data-no-script]")) element.hidden = true;
for (const section of sections) showFlag(section, section.querySelector("[data-flag]"));
const isSomewhere = location.hash !== "";
openFromAddress();
const begun = current;
await setClock();
tick();
await restore();
// What was given here without a network counts as answered, once it is found.
if (!isSomewhere && current === begun) open(firstUnanswered(), false);
if (waiting.size) await send();
const kept = await outbox.paper(attempt);
if (kept.isToBeHandedIn) handIn(kept);
