/** Random names for requests. It must not know what they name. */

/**
 * A version 4 UUID (RFC 9562, 5.4). `crypto.randomUUID` is missing when the page is opened by plain HTTP from another
 * machine of the house, which is a supported way to run Matinee; `getRandomValues` is always there.
 */
export function randomKey() {
  const octets = crypto.getRandomValues(new Uint8Array(16));
  octets[6] = (octets[6] & 0x0f) | 0x40;
  octets[8] = (octets[8] & 0x3f) | 0x80;
  const hex = Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
