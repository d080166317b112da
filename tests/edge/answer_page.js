// Appended to edge/pages.js in every engine: what it answers to one question. It must not know the addresses.
// A question: {method, uri}. The answer: {status: 0, uri} for a request passed on, else {status, headers, body}.
async function answerTo(question) {
  const request = { method: question.method || 'GET', uri: question.uri, querystring: {}, headers: {}, cookies: {} };
  const event = { version: '1.0', context: {}, viewer: { ip: '192.0.2.1' }, request: request };
  const result = await handler(event);
  if (result.statusCode === undefined) return { status: 0, uri: result.uri };
  const headers = {};
  Object.keys(result.headers).forEach(function (name) {
    headers[name] = result.headers[name].value;
  });
  return { status: result.statusCode, headers: headers, body: result.body || '' };
}
