// Lays out the given number of tiles several times and prints the milliseconds of each run; the first run is cold.
import { layout } from "../frontend/src/gallery/layout.js";

const [tiles, times] = process.argv.slice(2).map(Number);
const shapes = [1.5, 0.667, 1.333, 0.75, 1.778, 1, 2.4, 0.5625];
const ratios = Float64Array.from({ length: tiles }, (_, i) => shapes[(i * 7) % shapes.length]);
const groups = Uint32Array.from({ length: Math.ceil(tiles / 50) }, (_, i) => i * 50);
const taken = [];
for (let turn = 0; turn < times; turn += 1) {
  const began = performance.now();
  const laid = layout(ratios, { starts: groups, apart: [] }, { width: 1200 + turn, target: 236, gap: 8, heading: 40, least: 176 });
  taken.push(performance.now() - began);
  if (!(laid.height > 0)) throw new Error("nothing was laid out");
}
console.log(JSON.stringify(taken));
