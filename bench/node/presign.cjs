// The reference design's function: a presigned link to one object, by the AWS SDK. Prints what the first answer took.
const began = performance.now();
const { createRequire } = require("node:module");
const load = createRequire(`${process.argv[2]}/`);
const { S3Client, GetObjectCommand } = load("@aws-sdk/client-s3");
const { getSignedUrl } = load("@aws-sdk/s3-request-presigner");

const client = new S3Client({ region: process.env.AWS_REGION });

async function handler(event) {
  const command = new GetObjectCommand({ Bucket: process.env.MATINEE_BUCKET, Key: event.queryStringParameters.key });
  const url = await getSignedUrl(client, command, { expiresIn: 3600 });
  return { statusCode: 200, body: JSON.stringify({ url }) };
}

handler({ queryStringParameters: { key: "films/one.mp4" } }).then((answer) => {
  const milliseconds = performance.now() - began;
  if (!JSON.parse(answer.body).url.includes("X-Amz-Signature=")) throw new Error("no link");
  process.stdout.write(JSON.stringify({ milliseconds }));
});
