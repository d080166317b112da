// What AWS lists for CloudFront Functions' JavaScript runtime 2.0, as data. It must not know the gate.
// Source: Amazon CloudFront Developer Guide, "JavaScript runtime 2.0 features for CloudFront Functions" and "Helper
// methods for key value stores". What stands on no list there stands on none here, even where njs could do it.

// ES 5.1 statements and expressions, const, let, await, template literals, arrow functions, rest parameters, `**`.
export const SYNTAX = new Set(`
  Program ImportDeclaration ImportDefaultSpecifier
  BlockStatement BreakStatement ContinueStatement DoWhileStatement EmptyStatement ExpressionStatement ForInStatement
  ForStatement IfStatement LabeledStatement ReturnStatement SwitchCase SwitchStatement ThrowStatement TryStatement
  CatchClause WhileStatement FunctionDeclaration VariableDeclaration VariableDeclarator
  ArrayExpression ArrowFunctionExpression AssignmentExpression AwaitExpression BinaryExpression CallExpression
  ConditionalExpression FunctionExpression Identifier Literal LogicalExpression MemberExpression NewExpression
  ObjectExpression Property RestElement SequenceExpression TemplateElement TemplateLiteral ThisExpression
  UnaryExpression UpdateExpression
`.trim().split(/\s+/));

export const MODULES = new Set(["cloudfront", "crypto", "querystring", "buffer"]);

// Function constructors and eval() throw; there are no timers, no process, no fs, no network.
export const GLOBALS = new Set(`
  Object String Number Math Date RegExp JSON Array Float32Array Float64Array Int8Array Int16Array Int32Array Uint8Array
  Uint8ClampedArray Uint16Array Uint32Array ArrayBuffer Promise DataView Symbol TextDecoder TextEncoder console Error
  EvalError InternalError RangeError ReferenceError SyntaxError TypeError URIError globalThis decodeURI
  decodeURIComponent encodeURI encodeURIComponent isFinite isNaN parseFloat parseInt atob btoa NaN Infinity undefined
  arguments Buffer require
`.trim().split(/\s+/));

const OBJECT = `create defineProperties defineProperty freeze getOwnPropertyDescriptor getOwnPropertyDescriptors
  getOwnPropertyNames getPrototypeOf isExtensible isFrozen isSealed keys preventExtensions seal assign entries values
  hasOwnProperty isPrototypeOf propertyIsEnumerable toString valueOf prototype constructor`;
const STRING = `fromCharCode fromCodePoint charAt concat indexOf lastIndexOf match replace search slice split substr
  substring toLowerCase trim toUpperCase codePointAt endsWith includes repeat startsWith padStart padEnd trimStart
  trimEnd replaceAll length`;
const NUMBER = `EPSILON MAX_SAFE_INTEGER MIN_SAFE_INTEGER MAX_VALUE MIN_VALUE NaN NEGATIVE_INFINITY POSITIVE_INFINITY
  isFinite isInteger isNaN isSafeInteger parseInt parseFloat toExponential toFixed toPrecision`;
const MATH = `E LN10 LN2 LOG10E LOG2E PI SQRT1_2 SQRT2 abs acos acosh asin asinh atan atan2 atanh cbrt ceil clz32 cos
  cosh exp expm1 floor fround hypot imul log log1p log2 log10 max min pow random round sign sinh sin sqrt tan tanh
  trunc`;
const DATE = `now parse UTC getTime toISOString toJSON toUTCString getUTCFullYear getUTCMonth getUTCDate getUTCDay
  getUTCHours getUTCMinutes getUTCSeconds getUTCMilliseconds`;
const FUNCTION = "apply bind call";
const REGEXP = "global ignoreCase multiline source sticky flags exec test lastIndex groups index";
const JSON_ = "parse stringify";
const ARRAY = `isArray of every filter forEach join map pop push reduce reduceRight reverse shift some sort splice
  unshift copyWithin fill find findIndex`;
const TYPED = "from set subarray isView buffer byteOffset byteLength";
const PROMISE = "all allSettled any reject resolve race catch finally then";
const TEXT = "decode encode encodeInto encoding fatal ignoreBOM";
const BUFFER = `alloc allocUnsafe byteLength compare isBuffer isEncoding copy equals swap16 swap32 swap64 write
  readInt8 readUInt8 readUInt16BE readUInt16LE readUInt32BE readUInt32LE writeUInt8 writeUInt16BE writeUInt32BE`;
const CRYPTO = "createHash createHmac update digest";
const STORE = "kvs get exists meta creationDateTime lastUpdatedDateTime keyCount";
const ERROR = "message name stack";
// "CloudFront Functions event structure"
const EVENT = `version context viewer request response distributionDomainName distributionId eventType requestId ip
  method uri querystring headers cookies statusCode statusDescription body value multiValue attributes data`;

export const MEMBERS = new Set(
  [OBJECT, STRING, NUMBER, MATH, DATE, FUNCTION, REGEXP, JSON_, ARRAY, TYPED, PROMISE, TEXT, BUFFER, CRYPTO, STORE, ERROR, EVENT, "log"]
    .join(" ").split(/\s+/),
);

// Text encodings of Buffer; Node's latin1, ascii, utf16le and binary are not among them.
export const ENCODINGS = new Set(["utf8", "hex", "base64", "base64url"]);
