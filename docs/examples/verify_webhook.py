# SPDX-License-Identifier: Apache-2.0
"""verify(secret, headers, body): is this webhook genuine and fresh? `body` are the bytes as they came."""
import base64
import hashlib
import hmac
import time

TOLERANCE_S = 5 * 60


def verify(secret, headers, body, now=None):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    identity, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    if abs((time.time() if now is None else now) - int(timestamp)) > TOLERANCE_S:
        return False
    signed = f"{identity}.{timestamp}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    # Several signatures may stand there, with blanks between.
    return any(hmac.compare_digest(wanted, given) for given in headers["webhook-signature"].split(" "))
