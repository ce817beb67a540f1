// The service worker of Vertelpunt. The server fills in the build and the lists of files; see service_worker.rs.
"use strict";

const BUILD = "{build}";
const NAMES = "vertelpunt-";
const HERE = NAMES + BUILD;
const SHELL = "/shell";
/** What was asked to be heard; it outlives builds, as each name says which words it holds and in which edition. */
const VOICE = "voice";
/** Files every teller needs. Those in NAMED carry their hash in the name; the others are asked for "if changed". */
const NAMED = {named};
const PLAIN = {plain};
/** What a language needs besides: its manifest, its sentences, its letters. */
const LANGUAGES = {languages};
/** What pages of staff need besides: kept only while a device holds stories to work without internet. */
const STAFF = {staff};
const STAFF_CACHE = "staff";
/** Where those stories are; see app/src/pages/analyse/lease/store.rs. */
const LEASE = "vertelpunt-staff";
/** Navigations under these paths are answered from the phone first. */
const TELLER_PATHS = {teller_paths};
/** Folders that hold nothing but the build's own files. */
const FOLDERS = ["/pkg/", "/fonts/", "/texts/", "/icons/", "/manifest.webmanifest"];

/** The open pages known to be of this build, by client id. */
const ours = new Set();

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));

async function install() {
  const cache = await caches.open(HERE);
  // A file the page has just downloaded comes out of the HTTP cache: one whose name carries its hash without asking,
  // any other after a question that is answered "unchanged".
  await Promise.all([
    ...NAMED.map((path) => keep(cache, path, "default")),
    ...PLAIN.map((path) => keep(cache, path, "no-cache")),
    keep(cache, SHELL, "no-store"),
    ...(await languagesKept()).map((language) => keepLanguage(cache, language)),
    (await caches.has(STAFF_CACHE)) && keepAll(await caches.open(STAFF_CACHE), STAFF),
  ]);
}

async function activate() {
  // The first worker takes the page that brought it, so that the first visit settles. A later one gets here only when
  // nobody is left with the old version or when somebody asked for the new one.
  await self.clients.claim();
  await sweep();
  await overdue();
}

async function keepAll(cache, paths) {
  await Promise.all(paths.map((path) => keep(cache, path, "no-cache")));
}

async function keep(cache, path, mode) {
  const response = await fetch(new Request(path, { cache: mode, credentials: "same-origin" }));
  if (!response.ok) throw new Error(path + " answered " + response.status);
  await cache.put(path, response);
}

async function keepLanguage(cache, language) {
  const paths = LANGUAGES[language] || [];
  const missing = [];
  for (const path of paths) if (!(await cache.match(path))) missing.push(path);
  await Promise.all(missing.map((path) => keep(cache, path, path.startsWith("/fonts/") ? "no-cache" : "default")));
}

/** The languages that earlier versions kept on this phone. */
async function languagesKept() {
  const kept = new Set();
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys()) {
      const found = /^\/texts\/([a-z]+)\.tell\./.exec(new URL(request.url).pathname);
      if (found && name.startsWith(NAMES)) kept.add(found[1]);
    }
  return [...kept];
}

/** Deletes what earlier versions kept, as soon as no page of theirs is open any more. */
async function sweep() {
  const open = await self.clients.matchAll({ includeUncontrolled: true, type: "window" });
  if (!open.every((client) => ours.has(client.id))) return;
  for (const name of await caches.keys())
    if (name.startsWith(NAMES) && name !== HERE) await caches.delete(name);
}

self.addEventListener("message", (event) => {
  if (event.data === "SKIP_WAITING") event.waitUntil(self.skipWaiting());
  // A page asks to keep its language, and hears "settled" once all of it is here.
  else if (event.data && "staff" in event.data) event.waitUntil(staff(event.source, event.data.staff));
  else if (event.data && event.data.voice) event.waitUntil(keepVoice(event.data.voice));
  else if (event.data && event.data.keep) event.waitUntil(settle(event.source, event.data));
});

async function settle(client, asked) {
  try {
    const cache = await caches.open(HERE);
    await keepLanguage(cache, asked.keep);
    if (!(await cache.match(SHELL))) return;
    if (NAMED.includes(asked.script)) ours.add(client.id);
    client.postMessage("settled");
    await sweep();
  } catch {
    // Without network it does not settle now; the page asks again at its next visit.
  }
}

/** A device takes stories along, and needs the pages to show them; or it holds nothing any more. */
async function staff(client, kept) {
  await caches.delete(STAFF_CACHE);
  if (!kept) return;
  let answer = "staff-kept";
  try {
    await keepAll(await caches.open(STAFF_CACHE), STAFF);
  } catch {
    await caches.delete(STAFF_CACHE);
    answer = "staff-missing";
  }
  client.postMessage(answer);
}

/** Erases what staff took along, once its time is over. The page does that as well; this is for when none is opened. */
async function overdue() {
  const known = self.indexedDB.databases ? await self.indexedDB.databases() : [];
  if (!known.some(({ name }) => name === LEASE)) return;
  const answer = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const db = await answer(self.indexedDB.open(LEASE));
  try {
    const stores = [...db.objectStoreNames];
    if (!stores.length) return;
    const ends = await answer(db.transaction(stores).objectStore("lease").get("ends"));
    if (!ends || Date.now() < Number(ends)) return;
    const erasing = db.transaction(stores, "readwrite");
    await Promise.all(stores.map((store) => answer(erasing.objectStore(store).clear())));
    await caches.delete(STAFF_CACHE);
  } finally {
    db.close();
  }
}

/** Somebody listens: keeps all recordings of the language, unless the phone was asked to save data. */
async function keepVoice(paths) {
  if (self.navigator.connection && self.navigator.connection.saveData) return;
  const cache = await caches.open(VOICE);
  const folder = paths[0].split("/", 3).join("/") + "/";
  const kept = (await cache.keys()).map(({ url }) => url.slice(self.location.origin.length));
  for (const path of kept) if (path.startsWith(folder) && !paths.includes(path)) await cache.delete(path);
  // One after another, so that what is heard now does not wait; the first that fails ends it until the next time.
  for (const path of paths) if (!kept.includes(path)) await keep(cache, path, "default");
}

/** A recording. Safari asks for a file of sound in pieces, and plays nothing when it gets more than the piece. */
async function heard(request, path) {
  const kept = await caches.match(path, { cacheName: VOICE });
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") || "");
  if (!kept || !range) return kept || fetch(request);
  const all = await kept.arrayBuffer();
  const end = Math.min(range[2] ? Number(range[2]) : Infinity, all.byteLength - 1);
  return new Response(all.slice(Number(range[1]), end + 1), {
    status: 206,
    headers: { "content-type": "audio/mpeg", "content-range": `bytes ${range[1]}-${end}/${all.byteLength}` },
  });
}

// Where the browser has Background Sync: the network is back, so every open page sends what waits. Without an open page
// nothing happens here; the story goes at the next visit.
self.addEventListener("sync", (event) => event.waitUntil(wake()));

async function wake() {
  const open = await self.clients.matchAll({ includeUncontrolled: true, type: "window" });
  for (const client of open) client.postMessage("wake");
  await overdue();
}

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  // What is sent goes out untouched, and what the API answers is never kept.
  if (request.method !== "GET" || url.origin !== self.location.origin || url.pathname.startsWith("/api/")) return;
  if (request.mode === "navigate") {
    event.waitUntil(overdue().catch(() => {}));
    event.respondWith(navigate(request, url.pathname));
  } else if (url.pathname === "/staff.css") event.respondWith(fresh(request));
  else if (url.pathname.startsWith("/voice/")) event.respondWith(heard(request, url.pathname + url.search));
  else if (FOLDERS.some((folder) => url.pathname.startsWith(folder)) || PLAIN.includes(url.pathname))
    event.respondWith(file(request, url.pathname + url.search));
});

async function navigate(request, path) {
  const shell = () => caches.match(SHELL, { cacheName: HERE });
  if (TELLER_PATHS.some((teller) => path.startsWith(teller))) return (await shell()) || fetch(request);
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await shell();
    if (kept) return kept;
    throw error;
  }
}

/** A file whose name does not say which build it is of: what is new if that can be had. */
async function fresh(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match("/staff.css", { cacheName: STAFF_CACHE });
    if (kept) return kept;
    throw error;
  }
}

/** A file of this build, or of the one before for a page that is still open; what was not kept is asked for. */
async function file(request, path) {
  const kept = (await caches.match(path, { cacheName: HERE })) || (await caches.match(path));
  return kept || fetch(request);
}
