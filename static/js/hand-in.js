// Hands a paper in as soon as the network allows, and says plainly until then that it is not yet.
// A plain global, for the reason that outbox.js gives.

const PAUSES = [1, 2, 4, 8, 15, 30]; // seconds between tries

// Waits a little longer each time, unevenly, so that a thousand phones do not come back at once;
// a network that returns ends the wait.
window.pauseBeforeTry = (tries) =>
  new Promise((resolve) => {
    const seconds = PAUSES[Math.min(tries, PAUSES.length - 1)];
    setTimeout(resolve, seconds * (800 + 400 * Math.random()));
    addEventListener("online", resolve, { once: true });
  });

const PATIENCE = 15_000; // ms for one try

// Posts, and gives up where nothing is heard: on a connection of the network that a phone has just
// left, it would wait for many minutes. What is asked twice is done once.
window.post = (address, options) => {
  const patience = new AbortController();
  setTimeout(() => patience.abort(), PATIENCE);
  return fetch(address, { method: "POST", signal: patience.signal, ...options });
};

// Tries until the server has the paper, or `isWanted` says no. What the server has to say beside
// the result is left to the form itself.
window.handInWhenOnline = async (form, attempt, isWanted = () => true) => {
  for (let tries = 0; isWanted(); tries++) {
    let response = null;
    try {
      response = await post(form.action, { body: new FormData(form) });
    } catch {
      // no network
    }
    if (response?.redirected) {
      await outbox.forget(attempt);
      location.replace(response.url);
      return;
    }
    if (response && response.status < 500 && response.status !== 429) {
      form.submit();
      return;
    }
    await pauseBeforeTry(tries);
  }
};
