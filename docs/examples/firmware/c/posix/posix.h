/* SPDX-License-Identifier: Apache-2.0 */
/* What a computer has to be told that a chip has built in. */
#ifndef TURNKEY_POSIX_H
#define TURNKEY_POSIX_H

/* The authorities (PEM) that sign the broker's certificate; NULL: no TLS, for the bench of `conformance firmware` alone. */
void posix_trust(const char *ca_file);

#endif
