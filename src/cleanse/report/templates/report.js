
"use strict";
// Shows the pages and clusters of the data block. Everything that a page said is set by textContent, never as markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const count = (n) => n.toLocaleString("en");
  const percent = (a, b) => (b ? Math.round((100 * a) / b) : 0) + " %";

  function make(tag, classes, text) {
    const element = document.createElement(tag);
    if (classes) element.className = classes;
    if (text !== undefined) element.textContent = text;
    return element;
  }

  const colour = (rule) => data.colours[rule.slice(rule.indexOf(".") + 1)] || 0;

  function pageSheet(page) {
    const sheet = document.createDocumentFragment();
    const heading = make("h3", "", page.title || page.id);
    heading.dir = "auto";
    const facts = [page.title ? page.id : "", page.author, page.date, page.site, `${page.language} (${page.confidence.toFixed(2)})`,
      `${count(page.in)} characters read, ${count(page.kept)} kept (${percent(page.kept, page.in)})`,
      `${count(page.spans)} span${page.spans === 1 ? "" : "s"} removed`,
      page.status === "kept" ? "" : `${page.status}: ${page.reason}`];
    const line = make("p", "facts");
    for (const fact of facts.filter(Boolean)) {
      if (line.childNodes.length) line.append(" · ");
      line.append(make("bdi", "", fact));
    }
    sheet.append(heading, line);
    const told = new Set();
    for (const parts of page.rows) sheet.append(pageRow(page, parts, told));
    return sheet;
  }

  // What keeps a removed span: the commands, for this document, its site, everywhere.
  function keepBox(page, [rule, , number, step]) {
    const box = make("details");
    box.append(make("summary", "", "keep it"));
    const say = (label, text) => box.append(make("span", "", label), make("code", "keep", text));
    if (step === "pii" || step === "shared") {
      say("in the next run, without", (step === "pii" ? "--mask " : "--cut-shared ") + rule.slice(rule.indexOf(".") + 1));
      return box;
    }
    const command = `cleanse restore ${data.output} ${page.name} --span ${number}`;
    say("in this document", command);
    if (page.site) say(`on ${page.site}`, command + " --for site");
    say("everywhere", command + " --for everywhere");
    return box;
  }

  function pageRow(page, parts, told) {
    const row = make("div", parts.every(([, note]) => note >= 0) ? "row gone" : "row");
    const text = make("div", "text");
    text.dir = "auto";
    const margin = make("div", "margin");
    for (const [words, note] of parts) {
      if (note === -2) text.append(make("span", "elided", words));
      else if (note === -1) text.append(make("span", "", words));
      else {
        const [rule, evidence] = page.notes[note];
        text.append(make("del", "c" + colour(rule), words));
        if (told.has(note)) continue;
        told.add(note);
        const p = make("p", "k" + colour(rule) + (note === page.doubt ? " doubt" : ""));
        p.append(make("span", "rule", rule), " ", make("bdi", "", evidence), keepBox(page, page.notes[note]));
        margin.append(p);
      }
    }
    row.append(text, margin);
    return row;
  }

  function clusterSheet(cluster) {
    const sheet = document.createDocumentFragment();
    const heading = make("h3", "", cluster.title || cluster.id);
    heading.dir = "auto";
    const line = make("p", "facts");
    line.append("kept", cluster.title ? ": " : "", make("bdi", "", cluster.title ? cluster.id : ""),
      cluster.site ? " · " : "", make("bdi", "", cluster.site), ` · stands for ${count(cluster.size)} other${cluster.size === 1 ? "" : "s"}`,
      cluster.members.length < cluster.size ? `; the ${cluster.members.length} least alike are shown` : "");
    sheet.append(heading, line);
    for (const member of cluster.members) {
      const box = make("div", "member");
      const name = make("h4");
      name.append(make("bdi", "", member.id), ` · Jaccard ${member.jaccard.toFixed(4)}`);
      box.append(name, diffOf(member.diff));
      if (member.jaccard === 1 && !same(member.diff)) box.append(make("p", "muted", "The same words: only signs and spaces differ."));
      sheet.append(box);
    }
    return sheet;
  }

  const same = (diff) => !diff || diff.every(([kind]) => kind === 0 || kind === 3);

  function diffOf(diff) {
    if (!diff) return make("p", "muted", "The text of the kept document is not in this output.");
    if (same(diff)) return make("p", "muted", "The words are the same.");
    const box = make("div", "diff");
    box.dir = "auto";
    const tags = [["span", ""], ["ins", ""], ["del", "c1"], ["span", "elided"]];
    for (const [kind, words] of diff) box.append(make(tags[kind][0], tags[kind][1], words));
    return box;
  }

  // One viewer: items, how to name one in the list, how to show one. Returns its function to step.
  function viewer(root, all, label, show) {
    if (!root || !all.length) return null;
    const [pick, filter, after, find] = ["pick", "filter", "after", "find"].map((name) => root.querySelector(`[data-${name}]`));
    const sheet = root.querySelector(".sheet");
    const position = root.querySelector(".position");
    let items = all;
    let at = 0;

    function go(to) {
      if (!items.length) return;
      at = (to + items.length) % items.length;
      sheet.replaceChildren(show(items[at]));
      if (term()) highlight(sheet, term());
      const doubt = filter && filter.value === data.doubted && sheet.querySelector(".doubt");
      const seen = (term() && sheet.querySelector("mark")) || doubt;
      sheet.scrollTop = seen ? seen.offsetTop - sheet.offsetTop - sheet.clientHeight / 3 : 0;
      pick.value = String(at);
      const why = items[at].why ? `, shown for: ${items[at].why.join(", ")}` : "";
      position.textContent = `${at + 1} of ${items.length}${why}`;
    }
    function fill() {
      pick.replaceChildren(...items.map((item, i) => {
        const option = make("option", "", label(item));
        option.value = String(i);
        return option;
      }));
      go(0);
    }
    for (const button of root.querySelectorAll("[data-go]")) {
      button.addEventListener("click", () => go(at + Number(button.dataset.go)));
    }
    pick.addEventListener("change", () => go(Number(pick.value)));
    function term() { return find ? find.value.trim().toLowerCase() : ""; }
    function choose() {
      items = all.filter((item) => (!filter || !filter.value || item.why.includes(filter.value)) && (!term() || textOf(item).includes(term())));
      if (items.length) return fill();
      pick.replaceChildren();
      sheet.replaceChildren();
      position.textContent = "No page of the sample holds that.";
    }
    for (const control of [filter, find]) if (control) control.addEventListener(control === find ? "input" : "change", choose);
    function open(id) {
      if (filter) filter.value = "";
      if (find) find.value = "";
      items = all;
      fill();
      go(Math.max(0, all.findIndex((item) => item.id === id)));
      root.scrollIntoView();
      root.focus({ preventScroll: true });
    }
    if (after) after.addEventListener("change", () => sheet.classList.toggle("only-kept", after.checked));
    fill();
    return { root, open, step: (by) => go(at + by), toggle: () => after && after.click() };
  }

  const texts = new Map();
  function textOf(page) {
    if (!texts.has(page)) texts.set(page, [page.id, page.title, ...page.rows.map((row) => row.map(([words]) => words).join(""))].join("\n").toLowerCase());
    return texts.get(page);
  }

  function highlight(root, term) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) if (!walker.currentNode.parentElement.closest(".margin")) nodes.push(walker.currentNode);
    for (let node of nodes) {
      for (let at = node.data.toLowerCase().indexOf(term); at >= 0; at = node.data.toLowerCase().indexOf(term)) {
        const hit = node.splitText(at);
        node = hit.splitText(Math.min(term.length, hit.data.length));
        const mark = make("mark", "", hit.data);
        hit.replaceWith(mark);
      }
    }
  }

  // The sheet of `cleanse sample`: a button for each line; pressed means that the line is on the wrong side.
  function sampler(root) {
    if (!root) return null;
    const sheet = root.querySelector(".sheet");
    const position = root.querySelector(".position");
    const pick = root.querySelector("[data-pick]");
    const store = "cleanse-" + data.digest;
    let state = { seen: {}, wrong: {} };
    try { state = JSON.parse(localStorage.getItem(store)) || state; } catch { /* no storage here: ticks live as long as the page */ }
    const remember = () => { try { localStorage.setItem(store, JSON.stringify(state)); } catch { /* see above */ } };
    const key = (page, line) => `${page.id} ${line[0]}-${line[1]}`;
    let at = 0;

    function show(to) {
      at = Math.max(0, Math.min(data.pages.length - 1, to));
      const page = data.pages[at];
      const heading = make("h3", "", page.title);
      heading.dir = "auto";
      const facts = make("p", "facts");
      facts.append(make("bdi", "", page.title === page.id ? "" : page.id), page.title !== page.id && page.site ? " · " : "",
        make("bdi", "", page.site));
      sheet.scrollTop = 0;
      sheet.replaceChildren(heading, facts, ...page.lines.map((line) => lineOf(page, line)));
      pick.value = String(at);
      tell();
    }
    function tell() {
      const seen = data.pages.filter((page) => state.seen[page.id]).length;
      const wrong = Object.values(state.wrong).filter(Boolean).length;
      position.textContent = `${at + 1} of ${data.pages.length}; looked at ${seen}, lines marked as wrong: ${wrong}`;
    }
    function lineOf(page, line) {
      const [, , rule, , text] = line;
      const button = make("button", "line");
      button.type = "button";
      button.dir = "auto";
      button.append(make(rule ? "del" : "span", rule ? "c0" : "", text));
      if (rule) button.append(" ", make("span", "id", rule));
      const verdict = make("span", "verdict");
      button.append(verdict);
      const draw = () => {
        const wrong = Boolean(state.wrong[key(page, line)]);
        button.setAttribute("aria-pressed", String(wrong));
        verdict.textContent = wrong ? (rule ? "keep" : "remove") : "";
      };
      button.addEventListener("click", () => {
        state.wrong[key(page, line)] = !state.wrong[key(page, line)];
        state.seen[page.id] = true;
        remember();
        draw();
        tell();
      });
      draw();
      return button;
    }
    function step(by) {
      if (by > 0 && data.pages.length) {
        state.seen[data.pages[at].id] = true;
        remember();
      }
      show(at + by);
    }
    function save() {
      const rows = [data.columns];
      for (const page of data.pages) {
        if (!state.seen[page.id]) continue;
        rows.push([page.id, page.site, 0, 0, "page", "", 0, "", "seen", page.order]);
        for (const line of page.lines) {
          const [start, end, rule, words, text] = line;
          const wrong = state.wrong[key(page, line)];
          rows.push([page.id, page.site, start, end, rule ? "removed" : "kept", rule, words, text,
            wrong ? (rule ? "keep" : "remove") : "", page.order]);
        }
      }
      const cell = (value) => {
        const text = /^[=+\-@\t\r']/.test(String(value)) ? "'" + value : String(value);
        return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
      };
      const csv = "\ufeff" + rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
      const link = make("a");
      link.href = URL.createObjectURL(new Blob([csv], { type: "text/csv" }));
      link.download = "verdicts.csv";
      link.click();
      URL.revokeObjectURL(link.href);
    }
    pick.replaceChildren(...data.pages.map((page, i) => {
      const option = make("option", "", crop(page.id, 90));
      option.value = String(i);
      return option;
    }));
    pick.addEventListener("change", () => show(Number(pick.value)));
    for (const button of root.querySelectorAll("[data-go]")) button.addEventListener("click", () => step(Number(button.dataset.go)));
    root.querySelector("[data-save]").addEventListener("click", save);
    if (data.pages.length) show(0);
    return { root, step, toggle: () => {} };
  }

  const crop = (text, n) => (text.length > n ? text.slice(0, n - 1) + "…" : text);
  const viewers = [
    viewer(document.getElementById("page-viewer"), data.pages, (p) => crop(p.id, 90), pageSheet),
    viewer(document.getElementById("cluster-viewer"), data.clusters, (c) => `${crop(c.id, 80)} (${count(c.size + 1)})`, clusterSheet),
    sampler(document.getElementById("sample-viewer")),
  ].filter(Boolean);

  for (const button of document.querySelectorAll("[data-open]")) {
    button.addEventListener("click", () => viewers[0].open(button.dataset.open));
  }

  // Keys act on the viewer that holds the focus; with none, on the one in the middle of the window.
  function target() {
    const focused = viewers.find((v) => v.root.contains(document.activeElement));
    if (focused || document.activeElement !== document.body) return focused;
    const middle = innerHeight / 2;
    return viewers.find((v) => {
      const box = v.root.getBoundingClientRect();
      return box.top < middle && box.bottom > middle;
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select, input, textarea")) return;
    const found = target();
    if (!found) return;
    if (event.key === "ArrowRight") found.step(1);
    else if (event.key === "ArrowLeft") found.step(-1);
    else if (event.key === "a") found.toggle();
    else return;
    event.preventDefault();
  });
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
})();
