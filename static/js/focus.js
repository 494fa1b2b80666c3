// After a swap the focus goes to what asks for it (`data-focus`: an error summary, a notice).
// htmx itself keeps the focus on an element with the same id.
function focusAsked(root) {
  const asked = root.querySelector?.("[data-focus]");
  if (!asked) return;
  asked.removeAttribute("data-focus");
  asked.focus({ preventScroll: false });
}

document.addEventListener("htmx:after:swap", () => focusAsked(document));
focusAsked(document);
