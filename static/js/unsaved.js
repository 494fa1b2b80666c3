// What was typed into an element with `data-unsaved` is asked about, in the browser's own words,
// before a wrong click leaves the page with it. Sending its form or cancelling it ends that; a form
// that was refused still holds it.
const KEPT = "[data-unsaved]";
let typed = false;

function note({ target, isTrusted }) {
  if (isTrusted && target.closest(KEPT)) typed = true;
}

function refused() {
  if (document.querySelector(`${KEPT} .error`)) typed = true;
}

document.addEventListener("input", note);
document.addEventListener("click", (event) => {
  if (event.target.closest("button[name=do]")) note(event);
  if (event.target.closest(`${KEPT} a.button`)) typed = false;
});
document.addEventListener("submit", ({ target }) => {
  if (target.closest(KEPT) || target.querySelector(KEPT)) typed = false;
});
document.addEventListener("htmx:after:swap", refused);
addEventListener("beforeunload", (event) => {
  if (typed) event.preventDefault();
});
refused();
