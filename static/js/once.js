// A form is sent once: a second press while the first is under way would add everything again, or
// end in an error after all went well. A form with `data-again` is meant to be pressed repeatedly.
const AFTER = 600; // ms after the answer, in which the page it leads to is fetched
const LONGEST = 10_000; // ms without an answer: a file came, or nothing ever will
let sent = new WeakMap(); // the form → the timer that lets it be sent again

function release(form, wait) {
  clearTimeout(sent.get(form));
  sent.set(form, setTimeout(() => sent.delete(form), wait));
}

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (form.method !== "post" || "again" in form.dataset) return;
    if (sent.has(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else release(form, LONGEST);
  },
  true,
);

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement.closest("form");
  if (sent.has(form)) release(form, AFTER);
});

addEventListener("pageshow", () => {
  sent = new WeakMap();
});
