// Campaigns move by dragging and by arrow keys: a day each, a week with Shift. Both fill and send the
// form #move, whose buttons do the same; the server answers with the plan and says what it did.
const PAUSE = 500; // ms after the last key before a move is sent
const STILL = 4; // px a pointer may tremble before it drags
let moving = null; // { link, days, width }
let timer = null;
let pressed = null; // { link, x }
let focused = null; // the id to give the focus back to

const campaign = (event) => event.target.closest?.("svg[data-day-width] a[data-campaign]");
const dayWidth = (link) => Number(link.ownerSVGElement.dataset.dayWidth);

function show(link, days) {
  moving = { link, days };
  link.setAttribute("transform", `translate(${days * dayWidth(link)} 0)`);
  link.classList.add("moving");
  const bar = link.querySelector("rect").getBBox();
  const note = document.getElementById("drag-note");
  note.textContent = days > 0 ? `+${days}` : `${days}`.replace("-", "\u2212");
  note.setAttribute("x", bar.x + days * dayWidth(link));
  note.setAttribute("y", bar.y - 3);
  note.setAttribute("visibility", days ? "visible" : "hidden");
}

function forget() {
  clearTimeout(timer);
  moving?.link.removeAttribute("transform");
  moving?.link.classList.remove("moving");
  document.getElementById("drag-note")?.setAttribute("visibility", "hidden");
  moving = null;
}

function send() {
  const { link, days } = moving;
  const form = document.getElementById("move");
  if (!days || !form) return forget();
  focused = link.id;
  form.elements.campaign.value = link.dataset.campaign;
  const button = document.createElement("button");
  Object.assign(button, { type: "submit", name: "days", value: String(days), hidden: true });
  form.append(button);
  form.requestSubmit(button);
  button.remove();
  moving = null;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && moving) return forget();
  const link = campaign(event);
  const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!link || !way || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const before = moving?.link === link ? moving.days : 0;
  show(link, before + way * (event.shiftKey ? 7 : 1));
  clearTimeout(timer);
  timer = setTimeout(send, PAUSE);
});

document.addEventListener("focusin", (event) => {
  const link = campaign(event);
  const form = document.getElementById("move");
  if (link && form) form.elements.campaign.value = link.dataset.campaign;
});

document.addEventListener("pointerdown", (event) => {
  const link = event.button === 0 && campaign(event);
  if (link) pressed = { link, x: event.clientX, scale: link.ownerSVGElement.getScreenCTM().a };
});
document.addEventListener("pointermove", (event) => {
  if (!pressed) return;
  const far = event.clientX - pressed.x;
  if (!moving && Math.abs(far) < STILL) return;
  show(pressed.link, Math.round(far / pressed.scale / dayWidth(pressed.link)));
});
document.addEventListener("pointerup", () => {
  if (pressed && moving) {
    pressed.link.addEventListener("click", (click) => click.preventDefault(), { once: true });
    send();
  }
  pressed = null;
});
document.addEventListener("pointercancel", () => { pressed = null; forget(); });
document.addEventListener("dragstart", (event) => { if (campaign(event)) event.preventDefault(); });

document.addEventListener("htmx:after:swap", () => {
  if (focused) document.getElementById(focused)?.focus();
  focused = null;
});
document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });
