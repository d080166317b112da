// Appended to the gate's source in every engine: what the function answers to one question, and the store's reads.
// It must not know the rules. A question: {method, uri, query, address, now, entries, broken}.
// The answer: {status: 0, uri, querystring} for a request let through, else {status, headers, body}; always {reads}.
async function answerTo(question) {
  cf.entries = question.entries;
  cf.broken = question.broken || '';
  cf.reads = [];
  Date.now = function () {
    return question.now * 1000;
  };
  console = { log: function () {} }; // njs would write it between the answers
  const request = {
    method: question.method || 'GET',
    uri: question.uri,
    querystring: question.query ? { x: { value: question.query } } : {},
    headers: {},
    cookies: {},
  };
  const event = { version: '1.0', context: {}, viewer: { ip: question.address }, request: request };
  const result = await handler(event);
  if (result.statusCode === undefined) {
    return { status: 0, uri: result.uri, querystring: result.querystring, reads: cf.reads };
  }
  const headers = {};
  Object.keys(result.headers).forEach(function (name) {
    headers[name] = result.headers[name].value;
  });
  return { status: result.statusCode, headers: headers, body: result.body || '', reads: cf.reads };
}
