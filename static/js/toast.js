// The polite live region. The server speaks through the event `fanlight:toast` (HX-Trigger).
const STAY = 6000; // ms; nothing is said here only
const region = () => document.getElementById("toasts");

export function say(text, mood = "") {
  const line = document.createElement("div");
  line.className = `toast ${mood}`;
  const words = document.createElement("span");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = document.body.dataset.wordClose;
  close.addEventListener("click", () => line.remove());
  line.append(words, close);
  region()?.append(line);
  setTimeout(() => { if (!line.matches(":hover, :focus-within")) line.remove(); }, STAY);
}

document.addEventListener("fanlight:toast", ({ detail }) => {
  for (const { text, mood } of detail.lines) say(text, mood);
});
document.addEventListener("htmx:error", ({ detail }) => {
  if (detail.ctx && !detail.ctx.response) say(document.body.dataset.wordOffline, "bad");
});
