'use strict';
// Runs ONNX networks by ONNX Runtime for bench/vision_speed.py and tells what each run took.
// usage: node onnxruntime_server.cjs RUNTIME_FOLDER THREADS NAME=MODEL.onnx ...
// Request on stdin: a line of JSON {"model", "shape"}, then float32 little endian.
// Answer on stdout: a line of JSON {"shape", "seconds", "cpu_seconds"}, then float32 the same way.

const fs = require('fs');
const path = require('path');

const [runtime, threads, ...models] = process.argv.slice(2);
const ort = require(path.resolve(runtime));

function readExactly(bytes) {
  const buffer = Buffer.alloc(bytes);
  let filled = 0;
  while (filled < bytes) {
    const got = fs.readSync(0, buffer, filled, bytes - filled, null);
    if (got === 0) return null;
    filled += got;
  }
  return buffer;
}

function readLine() {
  const bytes = [];
  for (;;) {
    const one = readExactly(1);
    if (one === null) return null;
    if (one[0] === 10) return Buffer.from(bytes).toString('utf8');
    bytes.push(one[0]);
  }
}

function writeAll(buffer) {
  for (let at = 0; at < buffer.length;) {
    try {
      at += fs.writeSync(1, buffer, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

async function main() {
  const sessions = {};
  for (const model of models) {
    const at = model.indexOf('=');
    sessions[model.slice(0, at)] = await ort.InferenceSession.create(model.slice(at + 1), {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'all',
      intraOpNumThreads: Number(threads),
      interOpNumThreads: 1,
      executionMode: 'sequential',
    });
  }
  for (let line = readLine(); line !== null; line = readLine()) {
    const {model, shape} = JSON.parse(line);
    const count = shape.reduce((product, side) => product * side, 1);
    const raw = readExactly(count * 4);
    const data = new Float32Array(raw.buffer, raw.byteOffset, count);
    const session = sessions[model];
    const input = {[session.inputNames[0]]: new ort.Tensor('float32', data, shape)};
    const cpu = process.cpuUsage();
    const start = process.hrtime.bigint();
    const output = (await session.run(input))[session.outputNames[0]];
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    const spent = process.cpuUsage(cpu);
    const answer = {shape: output.dims, seconds, cpu_seconds: (spent.user + spent.system) / 1e6};
    writeAll(Buffer.from(JSON.stringify(answer) + '\n'));
    writeAll(Buffer.from(output.data.buffer, output.data.byteOffset, output.data.byteLength));
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
