// What this device keeps for a paper until it is handed in: the answers given here, which of them
// the server has acknowledged, and whether to hand in. No key or feedback ever reaches it. Without
// IndexedDB (a private window, an old browser) what was not sent lasts as long as the tab.
//
// A plain global, because script addresses carry a digest and modules cannot import each other.

const PATIENCE = 2000; // ms: a store that never answers must not keep an answer from the server
const STORES = { answers: ["attempt", "position"], papers: "attempt" };

function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("papers", 1);
    request.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(STORES)) {
        request.result.createObjectStore(name, { keyPath });
      }
    };
    request.onsuccess = () => {
      // Let go when another page forgets everything.
      request.result.onversionchange = () => (request.result.close(), (database = null));
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

function inTime(done) {
  return Promise.race([done, new Promise((late) => setTimeout(late, PATIENCE))]);
}

let database = null; // null: memory alone
const opening = (async () => {
  try {
    database = await openDatabase();
  } catch {
    database = null;
  }
})();

// Resolves to true if it is kept.
function change(store, act) {
  return inTime(write(store, act));
}

async function write(store, act) {
  await opening;
  if (!database) return false;
  try {
    const transaction = database.transaction(store, "readwrite");
    act(transaction.objectStore(store));
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
    return true;
  } catch {
    return false; // full or taken away
  }
}

async function read(store, ask) {
  await opening;
  if (!database) return undefined;
  try {
    const request = ask(database.transaction(store).objectStore(store));
    return await new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } catch {
    return undefined;
  }
}

const ofAttempt = (attempt) => IDBKeyRange.bound([attempt], [attempt, []]);

// The answers that the store did not take and the server does not have: they survive signing in
// again, or going on with the attempt here, in this tab.
const SPARE = "answers";

function spare() {
  try {
    return JSON.parse(sessionStorage.getItem(SPARE) || "[]");
  } catch {
    return []; // nothing but the page itself is left to keep them
  }
}

function setSpare(answers) {
  try {
    sessionStorage.setItem(SPARE, JSON.stringify(answers));
  } catch {
    // as above
  }
}

function dropSpare({ op_id }) {
  setSpare(spare().filter((answer) => answer.op_id !== op_id));
}

window.outbox = {
  // { attempt, position, op_id, revision, fields: [[name, value], …], givenAt, savedAt }, in the
  // order they were given; `savedAt` is what the server said, or missing. However long it takes:
  // what was kept must be sent.
  async answers(attempt) {
    const found = (await read("answers", (store) => store.getAll(ofAttempt(attempt)))) || [];
    return found.sort((one, other) => one.givenAt - other.givenAt);
  },
  // The same, of those that the store did not take; at once, since it may never answer.
  spareAnswers(attempt) {
    return spare().filter((answer) => answer.attempt === attempt);
  },
  async unsent() {
    const found = (await inTime(read("answers", (store) => store.getAll()))) || [];
    return found.filter((answer) => !answer.savedAt).length + spare().length;
  },
  async keep(answer) {
    const { attempt, position } = answer;
    const others = spare().filter((one) => one.attempt !== attempt || one.position !== position);
    setSpare([...others, answer]);
    if (await change("answers", (store) => store.put(answer))) dropSpare(answer);
  },
  // Only this very operation: a newer answer to the same question may have taken its place.
  settle({ attempt, position, op_id }, savedAt) {
    dropSpare({ op_id });
    return change("answers", (store) => {
      const key = [attempt, position];
      store.get(key).onsuccess = (event) => {
        const answer = event.target.result;
        if (answer?.op_id !== op_id) return;
        if (savedAt) store.put({ ...answer, savedAt });
        else store.delete(key);
      };
    });
  },
  async paper(attempt) {
    return (await inTime(read("papers", (store) => store.get(attempt)))) || { attempt };
  },
  keepPaper(paper) {
    return change("papers", (store) => store.put(paper));
  },
  // After handing in nothing of the paper stays, neither answers nor the page itself.
  async forget(attempt) {
    setSpare(spare().filter((answer) => answer.attempt !== attempt));
    await change("answers", (store) => store.delete(ofAttempt(attempt)));
    await change("papers", (store) => store.delete(attempt));
    if (!window.caches) return;
    for (const name of await caches.keys()) {
      await (await caches.open(name)).delete(`/attempts/${attempt}`);
    }
  },
  async forgetEverything() {
    await inTime(opening);
    database?.close();
    database = null;
    indexedDB.deleteDatabase("papers");
    if (window.caches) for (const name of await caches.keys()) await caches.delete(name);
  },
};

// A finished attempt's page needs nothing of this any more.
const finished = document.querySelector("[data-finished-attempt]");
if (finished) window.outbox.forget(finished.dataset.finishedAttempt);
