// The gate on CloudFront (viewer request): verifies the token of /t/{token}/{asset}/… and takes it off the path.
// It must not know where films lie. Twin of domain/token.py and domain/leniency.py: tests/vectors/.
// No token meets JSON.parse; header and claims have one spelling (docs/adr/0007). Store: domain/edge_store.py.
// Features: tests/edge/lint.mjs; 10 KB at most. A token of a .jpg opens it alone (0026).
import cf from 'cloudfront';
import crypto from 'crypto';

const kvs = cf.kvs();

const MAX_TOKEN = 3072;
const MAX_PATH = 1024;
const MAX_SECONDS = 9007199254740991;

// Patterns end in (?![\s\S]): here $ also matches before a last newline. SHAPE: 43 characters hold 258 bits, so a
// signature's last one ends in two zeros. NAME: escapes as json.dumps writes them. MEDIA_PATH: nothing to decode.
const SHAPE = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])(?![\s\S])/;
const HEADER = /^\{"alg":"HS256","kid":"([A-Za-z0-9_-]{1,64})","typ":"JWT"\}(?![\s\S])/;
const CLAIMS = /^\{"jti":"(ses_[0-9a-z]{20})","sub":"(.*)","pth":"(\/ast_[0-9a-z]{20}\/([\w\/-]+\.jpg)?)","nbf":(0|[1-9][0-9]{0,15}),"exp":(0|[1-9][0-9]{0,15}),"ses":(0|[1-9][0-9]{0,15})(?:,"ip":"([ !#-\[\]-~]*)")?\}(?![\s\S])/;
const NAME = /^[ !#-\[\]-~]*(?:\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f]|7f|[89a-f][0-9a-f])|u(?!00)[0-9a-f]{4})[ !#-\[\]-~]*)*(?![\s\S])/;
const FILM = /^\/(ast_[0-9a-z]{20})\//;
const MEDIA_PATH = /^(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+(?![\s\S])/;
const KEY = /(?:^| )[A-Za-z0-9_-]{1,64}:[0-9a-f]{64}(?= |(?![\s\S]))/;
const SECRET = /^[0-9a-f]{64}(?![\s\S])/;
const OCTETS = /^(|.*:)(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})(?![\s\S])/;
const HEXTET = /^[0-9A-Fa-f]{1,4}(?![\s\S])/;
const PREFIX_LENGTH = /^(0|[1-9][0-9]{0,2})(?![\s\S])/;

const DENIALS = {
  token_missing: [401, 'No playback token', 'The address holds no playback token; open the link again.'],
  token_malformed: [401, 'Playback token malformed',
    'This is not a whole playback token; copy the link again in full.'],
  gate_not_ready: [503, 'No signing key yet', 'This deployment has no signing key yet; try again in a minute.'],
  token_signature: [401, 'Playback token not signed by this deployment',
    'This playback token was not signed by this deployment; open the link again.'],
  token_not_yet: [403, 'Playback token not valid yet', 'It is too early: this link works from its start time on.'],
  token_expired: [401, 'Playback token expired',
    'This playback token has expired; open the link again to renew it.'],
  session_revoked: [410, 'Playback session revoked',
    'This link was withdrawn by its publisher; ask for a new one.'],
  token_path: [403, 'Playback token is for another asset',
    "This playback token is for another asset; open that asset's own link."],
  token_ip: [403, 'Playback token is bound to another address',
    'This link is bound to another network address; ask for a new one.'],
  method_not_allowed: [405, 'Method not allowed', 'Only GET, HEAD, OPTIONS is possible here.'],
};

async function handler(event) {
  const request = event.request;
  if (request.method === 'OPTIONS') return preflight();
  if (request.method !== 'GET' && request.method !== 'HEAD') return denial('method_not_allowed', false);
  const parts = split(request.uri);
  const keys = await verifyingKeys();
  const code = await verdict(parts[0], parts[1], event.viewer.ip, keys);
  if (code !== 'ok' && !spared(code, parts[1], keys)) return denial(code, request.method === 'HEAD');
  request.uri = parts[1];
  request.querystring = {};
  return request;
}

// [token, path] of /t/{token}{path}, undecoded and not normalised.
function split(uri) {
  if (uri === '/t') return ['', ''];
  if (!uri.startsWith('/t/')) return [uri, ''];
  const slash = uri.indexOf('/', 3);
  return slash < 0 ? [uri.slice(3), ''] : [uri.slice(3, slash), uri.slice(slash)];
}

// Whether a film is served whatever `code` says: it is public, or the gate only logs (docs/adr/0017).
function spared(code, path, keys) {
  const film = FILM.exec(path);
  if (!film || code === 'gate_not_ready' || !isMedia(path) || !KEY.test(keys)) return false;
  const words = keys.split(' ');
  if (words.includes(film[1])) return true;
  if (words.includes('log')) console.log('would deny ' + film[1] + ': ' + code);
  return words.includes('log');
}

// 'ok', or the code of the first check that fails. With the keys, at most two reads of the store.
async function verdict(token, path, address, keys) {
  if (token === '') return 'token_missing';
  const shape = token.length <= MAX_TOKEN ? SHAPE.exec(token) : null;
  const header = shape ? HEADER.exec(decoded(shape[1])) : null;
  if (!header) return 'token_malformed';
  const secret = secretOf(keys, header[1]);
  if (secret === '' && !KEY.test(keys)) return 'gate_not_ready';
  if (secret === '' || !signed(shape[1] + '.' + shape[2], shape[3], secret)) return 'token_signature';
  const claims = CLAIMS.exec(decoded(shape[2]));
  if (!claims || !NAME.test(claims[2])) return 'token_malformed';
  const start = +claims[5];
  const end = +claims[6];
  if (start > MAX_SECONDS || end > MAX_SECONDS || +claims[7] > MAX_SECONDS) return 'token_malformed';
  const now = Math.floor(Date.now() / 1000);
  if (now < start) return 'token_not_yet';
  if (now >= end) return 'token_expired';
  try {
    const revoked = await kvs.exists('r/' + claims[1]);
    if (revoked) return 'session_revoked';
  } catch (error) {
    return 'gate_not_ready'; // who cannot be asked about admits nobody
  }
  if (!(claims[4] ? path === claims[3] : path.startsWith(claims[3])) || !isMedia(path)) return 'token_path';
  if (claims[8] !== undefined && !within(address, claims[8])) return 'token_ip';
  return 'ok';
}

function isMedia(path) {
  return path.length <= MAX_PATH && MEDIA_PATH.test(path);
}

async function verifyingKeys() {
  try {
    return await kvs.get('keys');
  } catch (error) {
    return ''; // get() throws for a missing entry, too
  }
}

// The secret of `kid` in hex, or ''.
function secretOf(keys, kid) {
  const at = (' ' + keys).indexOf(' ' + kid + ':');
  const secret = at < 0 ? '' : keys.slice(at + kid.length + 1).split(' ')[0];
  return SECRET.test(secret) ? secret : '';
}

// In constant time: every byte is looked at.
function signed(text, mac, secret) {
  const right = crypto.createHmac('sha256', Buffer.from(secret, 'hex')).update(text).digest();
  const given = Buffer.from(mac, 'base64url');
  let difference = right.length ^ given.length;
  for (let i = 0; i < right.length; i++) difference |= right[i] ^ given[i];
  return difference === 0;
}

// Strict base64url as text, '' for any other spelling. What is not ASCII matches no pattern.
function decoded(text) {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes.toString() : '';
}

// Whether `address` lies in `network`, an address or address/bits.
function within(address, network) {
  const slash = network.indexOf('/');
  const found = parsed(address);
  const wanted = parsed(slash < 0 ? network : network.slice(0, slash));
  if (!found || !wanted || found.words.length !== wanted.words.length) return false;
  let bits = wanted.bits;
  if (slash >= 0) {
    const text = network.slice(slash + 1);
    if (!PREFIX_LENGTH.test(text) || +text > bits) return false;
    bits = +text;
  }
  bits -= wanted.bits - 16 * wanted.words.length; // an IPv4-mapped one counts as its IPv4
  if (bits < 0) return false;
  for (let i = 0; bits > 0; i++, bits -= 16) {
    const shift = bits < 16 ? 16 - bits : 0;
    if (found.words[i] >> shift !== wanted.words[i] >> shift) return false;
  }
  return true;
}

// {bits as written, words of 16 bits} or null: RFC 4291, 2.2; no zones.
function parsed(text) {
  const dotted = OCTETS.exec(text);
  let head = text;
  let tail = [];
  if (dotted) {
    if (Math.max(+dotted[2], +dotted[3], +dotted[4], +dotted[5]) > 255) return null;
    tail = [+dotted[2] * 256 + +dotted[3], +dotted[4] * 256 + +dotted[5]];
    head = dotted[1];
    if (head === '') return { bits: 32, words: tail };
    if (!head.endsWith('::')) head = head.slice(0, -1);
  }
  const halves = head.split('::');
  if (halves.length > 2) return null;
  const first = hextets(halves[0]);
  const last = halves.length === 2 ? hextets(halves[1]) : [];
  if (!first || !last) return null;
  const missing = 8 - first.length - last.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const words = first.concat([0, 0, 0, 0, 0, 0, 0, 0].slice(8 - missing), last, tail);
  const mapped = words[5] === 65535 && !(words[0] | words[1] | words[2] | words[3] | words[4]);
  return { bits: 128, words: mapped ? words.slice(6) : words };
}

function hextets(text) {
  const words = text === '' ? [] : text.split(':');
  for (let i = 0; i < words.length; i++) {
    if (!HEXTET.test(words[i])) return null;
    words[i] = parseInt(words[i], 16);
  }
  return words;
}

function denial(code, headOnly) {
  const kind = DENIALS[code];
  const headers = cors();
  headers['content-type'] = { value: 'application/problem+json' };
  headers['cache-control'] = { value: 'no-store' };
  headers['x-matinee-denial'] = { value: code };
  if (kind[0] === 503) headers['retry-after'] = { value: '1' };
  const response = { statusCode: kind[0], headers: headers };
  if (!headOnly) {
    response.body = JSON.stringify({
      type: 'urn:matinee:error:' + code, title: kind[1], status: kind[0], detail: kind[2], code: code,
    });
  }
  return response;
}

function preflight() {
  const headers = cors();
  headers['access-control-allow-methods'] = { value: 'GET, HEAD' };
  headers['access-control-allow-headers'] = { value: 'range, if-range, if-none-match, if-modified-since' };
  headers['access-control-max-age'] = { value: '86400' };
  return { statusCode: 204, headers: headers };
}

function cors() {
  return {
    'access-control-allow-origin': { value: '*' },
    'access-control-expose-headers': { value: 'content-length, content-range, etag, x-matinee-denial' },
    'cross-origin-resource-policy': { value: 'cross-origin' },
    'x-content-type-options': { value: 'nosniff' },
  };
}
