/* Turns <canvas data-chart="ID"> and the JSON of <script id="ID" type="application/json"> into a Chart.js chart.
   The JSON is a Chart.js configuration (hansa.web.charts writes it) in which colours are written as
   "token(series-1)", "token(series-1, 0.2)" or "pattern(diagonal, series-2)"; they follow the theme. */
window.hansaCharts = (() => {
  "use strict";

  const { Chart } = window;
  const drawn = new Map();
  const locale = document.documentElement.lang || undefined;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

  /* --- colours -------------------------------------------------------------------------------------------- */
  const probe = document.createElement("i");
  probe.hidden = true;
  document.body.append(probe);

  function colour(name, alpha = 1) {
    probe.style.color = `var(--${name})`;
    const [red, green, blue] = getComputedStyle(probe).color.match(/[\d.]+/g);
    return `rgb(${red} ${green} ${blue} / ${alpha})`;
  }

  const strokes = {
    diagonal: (pen) => [[-2, 8, 8, -2], [-2, 16, 16, -2], [2, 20, 20, 2]].forEach((line) => stroke(pen, line)),
    counter: (pen) => [[0, -2, 18, 16], [-2, 4, 12, 18], [8, -2, 18, 8]].forEach((line) => stroke(pen, line)),
    level: (pen) => [[0, 4, 16, 4], [0, 12, 16, 12]].forEach((line) => stroke(pen, line)),
    upright: (pen) => [[4, 0, 4, 16], [12, 0, 12, 16]].forEach((line) => stroke(pen, line)),
    dots: (pen) => [[4, 4], [12, 12]].forEach(([x, y]) => pen.fillRect(x - 2, y - 2, 4, 4)),
  };

  function stroke(pen, [fromX, fromY, toX, toY]) {
    pen.beginPath();
    pen.moveTo(fromX, fromY);
    pen.lineTo(toX, toY);
    pen.stroke();
  }

  function pattern(kind, name) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 16;
    const pen = tile.getContext("2d");
    pen.fillStyle = colour(name, 0.3);
    pen.fillRect(0, 0, 16, 16);
    pen.fillStyle = pen.strokeStyle = colour(name);
    pen.lineWidth = 2.5;
    strokes[kind](pen);
    return pen.createPattern(tile, "repeat");
  }

  function paint(value) {
    if (Array.isArray(value)) return value.map(paint);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, paint(inner)]));
    }
    if (typeof value !== "string") return value;
    const token = value.match(/^token\(([\w-]+)(?:,\s*([\d.]+))?\)$/);
    if (token) return colour(token[1], token[2]);
    const filled = value.match(/^pattern\((\w+),\s*([\w-]+)\)$/);
    return filled ? pattern(filled[1], filled[2]) : value;
  }

  /* --- numbers -------------------------------------------------------------------------------------------- */
  function formatter({ kind, currency, digits }, compact) {
    const options = { maximumFractionDigits: digits };
    if (kind === "money") Object.assign(options, { style: "currency", currency, minimumFractionDigits: digits });
    if (kind === "percent") options.style = "percent";
    if (compact) Object.assign(options, { notation: "compact", minimumFractionDigits: 0, maximumFractionDigits: kind === "percent" ? digits : 1 });
    const numbers = new Intl.NumberFormat(locale, options);
    return (value) => (value === null || value === undefined ? "–" : numbers.format(value));
  }

  /* a thin line between what happened and what is foretold */
  const origin = {
    id: "origin",
    afterDatasetsDraw(chart, _, { index, label }) {
      if (index === undefined) return;
      const { ctx, chartArea, scales } = chart;
      const x = scales.x.getPixelForValue(index);
      ctx.save();
      ctx.strokeStyle = colour("ink-soft", 0.7);
      ctx.setLineDash([3, 4]);
      stroke(ctx, [x, chartArea.top, x, chartArea.bottom]);
      ctx.fillStyle = colour("ink-soft");
      ctx.font = `600 11px ${getComputedStyle(document.body).fontFamily}`;
      const fits = x + 6 + ctx.measureText(label).width < chartArea.right;
      ctx.textAlign = fits ? "left" : "right";
      ctx.fillText(label, fits ? x + 6 : x - 6, chartArea.top + 11);
      ctx.restore();
    },
  };

  /* --- drawing -------------------------------------------------------------------------------------------- */
  function dress(config) {
    const { hansa, ...plain } = config;
    const chart = paint(plain);
    const exact = formatter(hansa.format, false);
    const short = formatter(hansa.format, true);
    const figureAxis = chart.options.indexAxis === "y" ? "x" : "y";
    const labelAxis = figureAxis === "x" ? "y" : "x";
    const ticks = { color: colour("ink-soft"), font: { size: 12 } };
    chart.options = {
      ...chart.options,
      responsive: true,
      maintainAspectRatio: false,
      animation: calm.matches ? false : { duration: 350 },
      interaction: { mode: "index", intersect: false, axis: labelAxis },
      scales: {
        [figureAxis]: {
          ...chart.options.scales?.[figureAxis],
          border: { display: false },
          grid: { color: colour("line"), tickLength: 0 },
          ticks: { ...ticks, padding: 8, maxTicksLimit: 6, callback: short },
        },
        [labelAxis]: {
          ...chart.options.scales?.[labelAxis],
          border: { color: colour("line-strong") },
          grid: { display: false },
          ticks: { ...ticks, maxRotation: 0, autoSkipPadding: 14 },
        },
      },
    };
    const { plugins = {} } = chart.options;
    chart.options.plugins = {
      ...plugins,
      legend: {
        display: chart.data.datasets.filter((set) => set.label).length > 1,
        position: "bottom",
        align: "start",
        labels: { color: colour("ink"), usePointStyle: true, pointStyleWidth: 26, boxHeight: 8, padding: 14, generateLabels: entries },
        onClick: toggle,
      },
      tooltip: {
        backgroundColor: colour("deck"),
        titleColor: "#eef3f2",
        bodyColor: "#eef3f2",
        padding: 10,
        cornerRadius: 8,
        usePointStyle: true,
        boxPadding: 4,
        filter: (item) => item.dataset.label !== "" && item.raw !== null,
        callbacks: { label: (item) => ` ${item.dataset.label}: ${spread(item, exact)}` },
      },
    };
    chart.plugins = [origin];
    return chart;
  }

  /* a band is two datasets, its lower edge first and without a name */
  const isBand = (chart, index) => chart.data.datasets[index].fill === "-1";

  function spread(item, exact) {
    if (!isBand(item.chart, item.datasetIndex)) return exact(item.raw);
    return `${exact(item.chart.data.datasets[item.datasetIndex - 1].data[item.dataIndex])} – ${exact(item.raw)}`;
  }

  /* lines are shown as lines with their dashes, bands and bars as boxes */
  function entries(chart) {
    const items = Chart.defaults.plugins.legend.labels.generateLabels(chart).filter((item) => item.text !== "");
    for (const item of items) {
      const set = chart.data.datasets[item.datasetIndex];
      if (chart.config.type !== "line" || set.fill === "-1") continue;
      item.pointStyle = "line";
      item.lineDash = set.borderDash;
      item.lineWidth = 2.5;
      item.strokeStyle = set.borderColor;
    }
    return items;
  }

  function toggle(_, item, legend) {
    const { chart } = legend;
    const show = !chart.isDatasetVisible(item.datasetIndex);
    chart.setDatasetVisibility(item.datasetIndex, show);
    if (isBand(chart, item.datasetIndex)) chart.setDatasetVisibility(item.datasetIndex - 1, show);
    chart.update();
  }

  function drawOne(canvas) {
    drawn.get(canvas)?.destroy();
    const source = document.getElementById(canvas.dataset.chart);
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    drawn.set(canvas, new Chart(canvas, dress(JSON.parse(source.textContent))));
  }

  function draw() {
    for (const canvas of drawn.keys()) {
      if (canvas.isConnected) continue;
      drawn.get(canvas).destroy();
      drawn.delete(canvas);
    }
    for (const canvas of document.querySelectorAll("canvas[data-chart]")) if (!drawn.has(canvas)) drawOne(canvas);
  }

  document.addEventListener("hansa:theme", () => [...drawn.keys()].forEach(drawOne));

  return { draw };
})();
