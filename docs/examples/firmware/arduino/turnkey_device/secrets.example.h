/* SPDX-License-Identifier: Apache-2.0 */
/* Copy this file to secrets.h, fill it in, and keep that out of every repository. A product has these in a flash partition of its
 * own, written at the factory or by registering itself: one firmware image for all devices. */
#pragma once

static const char kWifiName[] = "";
static const char kWifiPassword[] = "";

static const char kHost[] = "turnkey.example"; /* a name, not an address: it is compared with the certificate's */
static const uint16_t kPort = 8883;
static const char kDeviceId[] = "";     /* 24 hex characters */
static const char kAccessKey[] = "";    /* 36 */
static const char kAccessSecret[] = ""; /* 64 */

/* The authority that signs the broker's certificate: ca.crt. */
static const char kAuthority[] = R"(
-----BEGIN CERTIFICATE-----
-----END CERTIFICATE-----
)";
