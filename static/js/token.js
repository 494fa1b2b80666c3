// Whoever signed in anew in another tab has another token: the server tells it with the event
// `fanlight:token`, and what is typed on this page can be sent.
document.addEventListener("fanlight:token", ({ detail: { token } }) => {
  document.body.setAttribute("hx-headers:inherited", JSON.stringify({ "X-CSRFToken": token }));
  for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
});

// Once an answer comes as it should, whoever was told to sign in has done so.
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.response?.status < 400) document.querySelector("#notices .stays")?.remove();
});
