// The pages on CloudFront (runtime 2.0, viewer request, every path but the API's and /t/*): gives each address a person
// sees the file that answers it. It must not know who asks: pages hold nothing private. Twin of http/pages.py.
const WATCH = /^\/watch\/[^/]+(?![\s\S])/;
const STUDIO = /^\/studio(?:\/[^/]+)?(?![\s\S])/;
const PAGE_FILE = /^\/[^/]*\.html(?![\s\S])/;
const FILES = {
  '/': '/index.html',
  '/signin': '/signin.html',
  '/callback': '/signin.html',
  '/docs': '/docs.html',
};

function handler(event) {
  const request = event.request;
  if (PAGE_FILE.test(request.uri)) return missing(request.method === 'HEAD');
  if (WATCH.test(request.uri)) request.uri = '/watch.html';
  else if (STUDIO.test(request.uri)) request.uri = '/studio.html';
  else if (Object.prototype.hasOwnProperty.call(FILES, request.uri)) request.uri = FILES[request.uri];
  return request;
}

// One address for one page: its file has none of its own.
function missing(headOnly) {
  const headers = {
    'content-type': { value: 'application/problem+json' },
    'cache-control': { value: 'no-store' },
    'x-content-type-options': { value: 'nosniff' },
  };
  const response = { statusCode: 404, headers: headers };
  if (!headOnly) {
    response.body = JSON.stringify({
      type: 'urn:matinee:error:route_not_found',
      title: 'No such address',
      status: 404,
      detail: 'There is nothing at this address; see /docs for those that exist.',
      code: 'route_not_found',
    });
  }
  return response;
}
