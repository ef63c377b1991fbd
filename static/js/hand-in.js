// Handing a paper in: what is still open is shown first; then it goes as soon as the network allows,
// and until then the page says plainly that it is not handed in yet.
// A plain global, for the reason that outbox.js gives.

const form = document.getElementById("paper");
const words = document.getElementById("paper-words").dataset;
const { attempt } = form.dataset;
const elsewhere = document.getElementById("paper-elsewhere");
const reload = document.getElementById("paper-reload");

// ---------- The check ----------

const check = document.getElementById("check");
const checkForm = check.querySelector("[data-check]");
const handInButton = checkForm.querySelector('[value="hand-in"]');
const consent = document.getElementById("check-consent");
const MOST_NAMED = 6; // of the open questions: more are found in the list
const FIRST_LOOK = 500; // ms: a second tap at the place of the first hands nothing in
let openedAt = 0;

// What is answered and what is not: as it is on this device, and so without a network too.
function openCheck() {
  if (!elsewhere.hidden) return lookAt(elsewhere); // nothing can be handed in from here
  if (isHandingIn) return sayNotHandedIn();
  const left = questions.positions.filter((position) => !questions.isAnswered(position));
  const few = left.length <= MOST_NAMED;
  const lack = left.some(questions.isHalf) ? "Partly" : "Open";
  const said = words[`${left.length === 1 ? "one" : few ? "some" : "many"}${lack}`];
  check.querySelector("[data-open-count]").textContent = said.replace("{count}", left.length);
  const links = left.flatMap((position) => [", ", ...nameOf(position)]).slice(1);
  check.querySelector("[data-open]").replaceChildren(...(few ? [...links, "."] : []));
  for (const part of check.querySelectorAll("[data-some-open]")) part.hidden = !left.length;
  check.querySelector("[data-none-open]").hidden = left.length > 0;
  consent.checked = !left.length;
  showConsent(true);
  showNetwork();
  questions.openWithList(check);
  check.scrollTop = 0; // the focus is on the way back, at the end
  openedAt = performance.now();
}

function nameOf(position) {
  const link = document.createElement("a");
  link.href = `#cau-${position}`;
  link.textContent = words.question.replace("{number}", position);
  return questions.isHalf(position) ? [link, ` ${words.half}`] : [link];
}

function showConsent(isThere) {
  document.getElementById("check-consent-error").hidden = isThere;
  consent.setAttribute("aria-invalid", String(!isThere));
}

function showNetwork() {
  check.querySelector("[data-offline]").hidden = saving.isOnline;
}

function onDecision(event) {
  if (event.submitter !== handInButton) return;
  event.preventDefault(); // the dialog stays until the paper is handed in, or is known not to be
  showConsent(consent.checked);
  if (consent.checked) handIn();
  else consent.focus();
}

// ---------- The plain form, which leads to another page ----------

async function onSubmit(event) {
  const { submitter } = event;
  submitter?.closest("dialog")?.close();
  if (submitter?.value === "check") {
    event.preventDefault();
    return openCheck();
  }
  if (!submitter?.value) return event.preventDefault(); // Enter: what was typed is saved already
  // It would carry answers a second time: send what waits, then let it go.
  keepPlace(form);
  const canGo = () => saving.isAllSaved && navigator.onLine;
  if (canGo()) return;
  event.preventDefault();
  if (navigator.onLine) await Promise.race([saving.send(), new Promise((late) => setTimeout(late, 4000))]);
  if (canGo()) form.requestSubmit(submitter);
}

// Where an answer leads on to inherits the place from what was asked.
function keepPlace(asking) {
  asking.action = asking.action.split("#")[0] + location.hash;
}

// ---------- Handing in ----------

const handInForm = document.getElementById("hand-in");
const notHandedIn = document.getElementById("paper-not-handed-in");
const goOn = notHandedIn.querySelector("[data-go-on]");
let isHandingIn = false;
let wishes = 0; // to hand in: one that was taken back does not go on beside a later one

// Hand in as soon as the network allows, also after this page was closed and opened again.
async function handIn({ isTimeUp = false } = {}) {
  if (isTimeUp) showTimeUp();
  if (isHandingIn) return;
  const wish = ++wishes;
  const isWanted = () => isHandingIn && wish === wishes;
  showHandingIn(true);
  setTimeout(sayNotHandedIn, saving.isOnline ? 3000 : 0);
  remember({ isToBeHandedIn: true, isTimeUp });
  await saving.send();
  if (!isWanted()) return;
  if (!saving.isAllSaved) {
    takeBack(); // refused, and a note says what to do
    return lookAt(elsewhere.hidden ? reload : elsewhere);
  }
  await submitWhenOnline(isWanted);
}

// Tries until the server has the paper, or `isWanted` says no. What the server has to say beside
// the result is left to the form itself.
async function submitWhenOnline(isWanted) {
  for (let tries = 0; isWanted(); tries++) {
    let response = null;
    try {
      response = await saving.post(handInForm.action, { body: new FormData(handInForm) });
    } catch {
      // no network
    }
    if (response?.redirected) {
      await outbox.forget(attempt);
      location.replace(response.url);
      return;
    }
    if (response && !saving.isBusy(response)) {
      handInForm.submit();
      return;
    }
    await saving.pauseBeforeTry(tries);
  }
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
  notHandedIn.hidden = false;
  lookAt(goOn.hidden ? notHandedIn : goOn);
}

// There is nothing left to go on with; whether it is so the server says.
function showTimeUp() {
  handInForm.elements.time_is_up.value = "y";
  notHandedIn.querySelector("[data-time-up]").hidden = false;
  goOn.hidden = true;
}

function takeBack() {
  showHandingIn(false);
  check.close();
  notHandedIn.hidden = true;
  remember({ isToBeHandedIn: false });
}

// For this page when it is opened again; handing in does not wait for a slow store.
async function remember(wish) {
  await outbox.keepPaper({ ...(await outbox.paper(attempt)), ...wish });
}

function lookAt(element) {
  if (element.tabIndex < 0) element.tabIndex = -1; // a note can have the focus too
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: "center" });
}

window.handingIn = {
  handIn,
  showNetwork,

  begin() {
    form.addEventListener("submit", onSubmit);
    elsewhere.querySelector("form").addEventListener("submit", ({ target }) => keepPlace(target));
    checkForm.addEventListener("submit", onDecision);
    handInButton.addEventListener("click", (event) => {
      const isTap = event.detail > 0; // not a key
      if (isTap && performance.now() - openedAt < FIRST_LOOK) event.preventDefault();
    });
    // Enter would press the form's first button, which leads back.
    consent.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
    goOn.addEventListener("click", () => {
      takeBack();
      questions.openAgain();
    });
    addEventListener("online", showNetwork);
    addEventListener("offline", showNetwork);
  },
};
