// Appended to the gate's source by bench/gate.py: runs one of three functions many times. It must not know the rules.
async function empty(event) {
  return event.request;
}

async function hmac(event) {
  const secret = Buffer.from('00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff', 'hex');
  crypto.createHmac('sha256', secret).update(event.request.uri).digest();
  return event.request;
}

// In njs, which has a file system here; CloudFront has none, and Node's context in tests/edge/node.mjs neither.
function peakKibibytes() {
  if (typeof require !== 'function') return 0;
  return +/VmHWM:\s+([0-9]+)/.exec(require('fs').readFileSync('/proc/self/status', 'utf8'))[1];
}

async function answerTo(question) {
  cf.entries = question.entries;
  const run = { empty: empty, hmac: hmac, gate: handler }[question.run];
  let last = {};
  for (let i = 0; i < question.runs; i++) {
    const request = { method: 'GET', uri: question.uri, querystring: {}, headers: {}, cookies: {} };
    last = await run({ version: '1.0', context: {}, viewer: { ip: question.address }, request: request });
    cf.reads = [];
  }
  return { admitted: last.statusCode === undefined, peak: peakKibibytes() };
}
