// <button data-insert="{{first_name|there}}" data-insert-into="#f-text">: puts the words where the
// cursor was last, in the field that had it if that is one of the same form.
let last = null;

document.addEventListener("focusin", ({ target }) => {
  if (target.matches("textarea, input[type=text]")) last = target;
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-insert]");
  if (!button) return;
  const form = button.closest("form");
  const field = last && form?.contains(last) ? last : document.querySelector(button.dataset.insertInto);
  if (!field) return;
  field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
  button.closest("details")?.removeAttribute("open");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
