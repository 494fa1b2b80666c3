// What is typed while a fragment is on its way is not lost when the fragment arrives: a control
// that comes back as it was when it was asked for takes what it has been given since.
const CONTROLS = "input[name], select[name], textarea[name]";
const asked = new WeakMap(); // the request → how its form stood when its body was made
const since = new WeakMap(); // the request → what has changed in the form since then

const ticked = (control) => control.type === "checkbox" || control.type === "radio";
const key = (control) => `${control.name} ${ticked(control) ? control.value : ""}`;
const state = (control) => (ticked(control) ? control.checked : control.value);

function stand(form) {
  const controls = [...form.querySelectorAll(CONTROLS)].filter(({ type }) => type !== "file");
  return new Map(controls.map((control) => [key(control), state(control)]));
}

function putBack(control, value) {
  if (ticked(control)) control.checked = value;
  else control.value = value;
  if (state(control) !== value) return; // no longer one of what can be chosen
  control.dispatchEvent(new Event("input", { bubbles: true }));
  control.dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement.closest("form");
  if (form) asked.set(ctx, { form, stood: stand(form) });
});

document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  if (!asked.has(ctx)) return;
  const { form, stood } = asked.get(ctx);
  since.set(ctx, new Map([...stand(form)].filter(([name, value]) => stood.get(name) !== value)));
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (!since.has(ctx)) return;
  const { form, stood } = asked.get(ctx);
  const typed = since.get(ctx);
  for (const control of form.querySelectorAll(CONTROLS)) {
    const name = key(control);
    if (typed.has(name) && stood.has(name) && state(control) === stood.get(name)) {
      putBack(control, typed.get(name));
    }
  }
});
