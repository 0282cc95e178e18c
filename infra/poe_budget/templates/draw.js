// Draws every chart of the page, and shows the words of what the pointer or finger rests on.
const tip = document.body.appendChild(Object.assign(document.createElement("div"), { className: "tip", hidden: true }));

function show(_, event, __, words) {
  tip.hidden = !words;
  if (!words) return;
  tip.textContent = words;
  const { clientX, clientY } = event.touches?.[0] ?? event;
  const right = document.documentElement.clientWidth - tip.offsetWidth - 8;
  const above = clientY - tip.offsetHeight - 12;
  tip.style.left = `${Math.max(8, Math.min(clientX + 12, right))}px`;
  tip.style.top = `${above > 8 ? above : clientY + 20}px`;
}

for (const script of document.querySelectorAll("script.chart")) {
  const drawn = vega.parse(JSON.parse(script.textContent));
  new vega.View(drawn, { renderer: "svg", container: script.previousElementSibling, hover: true }).tooltip(show).runAsync();
}
