// Keyboard: an element with `data-key="/"` is focused (fields) or pressed (links, buttons) by that
// key; `data-key="g b"` by g, then b. Never inside a field or a dialog, never with a modifier.
const PAUSE = 1000; // ms in which the second key must follow
let first = null;
let timer = null;

function typing(target) {
  return target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null;
}

function use(element) {
  if (element.matches("input, textarea, select")) element.focus();
  else element.click();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
  const key = first ? `${first} ${event.key}` : event.key;
  first = null;
  clearTimeout(timer);
  if (key === "g") {
    first = "g";
    timer = setTimeout(() => { first = null; }, PAUSE);
    return;
  }
  const element = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!element) return;
  event.preventDefault();
  use(element);
});
