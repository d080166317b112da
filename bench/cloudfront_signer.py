"""CloudFront URLs signed by botocore with an RSA-2048 key: a process that signs as many as each line asks for.

It must not know what it is compared with. It prints the CPU seconds of each batch. It runs in the emulator's
environment, which has botocore and cryptography; Matinee needs no RSA.
"""

import sys
import time
from datetime import UTC, datetime

from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes  # type: ignore[import-not-found] # of another environment
from cryptography.hazmat.primitives.asymmetric import padding, rsa  # type: ignore[import-not-found] # the same

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ENDS = datetime(2030, 1, 1, tzinfo=UTC)


def sign(message: bytes) -> bytes:
    """As botocore's documentation has it: SHA-1, which is what CloudFront takes."""
    signature: bytes = KEY.sign(message, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - CloudFront's own
    return signature


signer = CloudFrontSigner("K2JCJMDEHXQW5F", sign)
for line in sys.stdin:
    began = time.process_time()
    for number in range(int(line)):
        signer.generate_presigned_url(f"https://d111111abcdef8.cloudfront.net/film/{number}.m3u8", date_less_than=ENDS)
    print(time.process_time() - began, flush=True)
