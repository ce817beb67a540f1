// Makes public/voice: sentences of the telling flow read aloud by espeak-ng, until a person records them. Run it when
// a sentence changes, or when one should be read aloud that is not yet:
//   apt-get install espeak-ng ffmpeg
//   node .ci/assets/voice.mjs
//
// A file's name is the hash of its words (as in app/src/aloud.rs), so a sentence that changed is never read in its
// old words: no file has its name. `manifest.json` says of each which words it holds and who made it. What a person
// recorded takes the place of espeak's file under the same name, with "made": "person", and is never made anew here.
//
// MP3, because it is the one format that every browser of experience.md plays: Safari 15 has no Ogg, Firefox on Linux
// and some builds of Chromium no AAC. Mono, 16 kHz, 16 kbit/s: two kilobytes a second. espeak-ng has little to say above
// that; a person's recording may take 24.
// Only Dutch and English: espeak-ng reads no Arabic without its vowel signs, and no voice is better than a wrong one.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = path.join(root, "public/voice");
const manifest = path.join(folder, "manifest.json");
const VOICES = { nl: ["-v", "nl"], en: ["-v", "en-gb"] };

/** Keys of the locale files `tell.json` and `own.json`; a star stands for anything, a minus takes keys out again. */
const KEYS = [
  "common.next common.skip common.wait common.yes common.no common.later",
  "frame.back join.ask join.tell join.no_name join.offline",
  "who.* how.*",
  "write.hint write.names write.done write.recovered write.empty recovered.title",
  "record.start record.ask record.done record.go_on record.listen record.one_more record.off* -record.off_2_ios record.none",
  "record.unsupported record.busy record.write record.phone_full together.* listen.title listen.mine listen.add",
  "listen.again listen.names listen.ask_again listen.again_yes listen.again_no listen.aside listen.bring_back",
  "listen.too_soft picture.take picture.choose picture.people picture.place picture.draw draw.title draw.empty draw.write",
  "question.* title.title title.picture title.empty",
  "tags.title tags.hint tags.empty tag.* -tag.other",
  "voice.title voice.language voice.who voice.resident* voice.professional* voice.policymaker*",
  "consent.* -consent.version -consent.card -consent.*.name -consent.*.effect_* -consent.unanswered",
  "-consent.answered -consent.recap.change_one -consent.recap.change -consent.stays.throw_away -consent.happens.until",
  "done.thanks done.yours done.keep_code done.keep_codes done.not_yours done.remove_waits",
  "voices.* code.together code.title code.hint code.warning code.photo code.photo_how code.write_down code.write_down_how code.check code.send",
  "code.copy code.ready",
  "return.title return.how return.not_found return.lost own.happened own.no_news own.heard_some own.leave_means",
  "edit.means edit.done edit.waits edit.nothing_left",
  "mine.title mine.empty mine.tell mine.another mine.loading mine.thrown_away",
  "storage.none storage.keeps storage.may_erase_full storage.keep_code storage.tell_anyway storage.other_browser",
  "state.draft state.saved state.memory_only state.stays state.queued state.offline state.way state.safe",
  "state.safe_gone state.retrying_soon state.wifi state.our_fault state.choice_waits state.choice_applied",
  "state.withdrawal_waits state.withdrawn state.project_closed state.page_old",
  "choices.title choices.hint choices.not_back choices.analysis_means choices.done choices.not_here",
  "withdraw.* -withdraw.backups -withdraw.no_copy update.text",
  "insecure.* missing.* -missing.front closed.* trouble.not_loaded trouble.again",
];

/**
 * What the demo project (server/src/seed.rs) fills in. Sentences with a name in them are read by the phone's own voice,
 * elsewhere; here they are made, so that `make serve` can be heard on any machine. An organisation can have its own made.
 */
const DEMO = {
  organisation: "Gemeente Houten",
  municipality: "Gemeente Houten",
  partner: "Inloophuis De Kade",
  partners: "de voedselbank en inloophuis De Kade",
  contact: "Samira de Wit, 030 000 00 00",
};
const QUESTIONS = { nl: "Wat betekent werk voor jou?", en: "What does work mean to you?" };

/** FNV-1a, 32 bits, of the words in UTF-8. */
function hash(words) {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(words)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}

function keys(all) {
  const found = new Set();
  for (const word of KEYS.join(" ").split(" ")) {
    const pattern = new RegExp(`^${word.replace(/^-/, "").replaceAll(".", "\\.").replaceAll("*", ".*")}$`);
    const matching = all.filter((key) => pattern.test(key));
    if (matching.length === 0) throw new Error(`no key ${word}`);
    for (const key of matching) word.startsWith("-") ? found.delete(key) : found.add(key);
  }
  return [...found];
}

/** Every {language, key, words} to be read; the same words under two keys are one file. */
function wanted() {
  const entries = [];
  for (const language of Object.keys(VOICES)) {
    const file = (name) => JSON.parse(readFileSync(path.join(root, `app/locales/${language}/${name}.json`), "utf8"));
    const texts = { ...file("tell"), ...file("own") };
    const add = (key, words) => {
      const known = entries.some((entry) => entry.language === language && entry.words === words);
      if (!known && !words.includes("{")) entries.push({ language, key, words });
    };
    for (const key of keys(Object.keys(texts))) {
      const words = texts[key].replace(/\{(\w+)\}/g, (whole, name) => DEMO[name] ?? whole);
      add(key, words);
    }
    add("prompt", QUESTIONS[language]);
  }
  return entries;
}

function make(language, words, file) {
  const spoken = execFileSync("espeak-ng", [...VOICES[language], "-s", "135", "-g", "2", "--stdout"], { input: words, maxBuffer: 1 << 26 });
  const mp3 = ["-f", "mp3", "-ac", "1", "-ar", "16000", "-c:a", "libmp3lame", "-b:a", "16k", "-write_xing", "0", "-id3v2_version", "0", "-bitexact"];
  writeFileSync(file, execFileSync("ffmpeg", ["-loglevel", "error", "-i", "pipe:0", ...mp3, "pipe:1"], { input: spoken, maxBuffer: 1 << 26 }));
}

const before = existsSync(manifest) ? JSON.parse(readFileSync(manifest, "utf8")) : [];
const entries = wanted().map(({ language, key, words }) => {
  const file = `${language}/${hash(words)}.mp3`;
  const known = before.find((entry) => entry.file === file);
  return { language, key, words, file, made: known?.made ?? "espeak-ng", version: known?.version ?? 1 };
});
const names = new Set(entries.map(({ file }) => file));
if (names.size !== entries.length) throw new Error("two sentences have the same hash");
let made = 0;
for (const { language, words, file } of entries) {
  mkdirSync(path.join(folder, language), { recursive: true });
  if (existsSync(path.join(folder, file))) continue;
  make(language, words, path.join(folder, file));
  made += 1;
}
for (const language of Object.keys(VOICES))
  for (const name of readdirSync(path.join(folder, language)))
    if (!names.has(`${language}/${name}`)) rmSync(path.join(folder, language, name));
writeFileSync(manifest, `[\n${entries.map((entry) => JSON.stringify(entry)).join(",\n")}\n]\n`);
console.log(`${entries.length} sentences, ${made} made now`);
