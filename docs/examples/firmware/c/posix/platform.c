/* SPDX-License-Identifier: Apache-2.0 */
/* The platform layer of a computer: POSIX sockets, OpenSSL. */
#define _POSIX_C_SOURCE 200809L
#include "platform.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "posix.h"

enum { CONNECT_MS = 15000, SEND_MS = 5000, PORT_BYTES = 6 };

static const char *authorities;
static SSL_CTX *context;
static SSL *tls;
static int wire = -1;

void posix_trust(const char *ca_file) { authorities = ca_file; }

static int64_t clock_ms(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint32_t platform_ms(void) { return (uint32_t)clock_ms(CLOCK_MONOTONIC); }
int64_t platform_clock_ms(void) { return clock_ms(CLOCK_REALTIME); }

uint32_t platform_random(void) {
  uint32_t number = 0;
  if (RAND_bytes((unsigned char *)&number, sizeof number) != 1) number = platform_ms();
  return number;
}

static bool wait_for(short what, int64_t until_ms) {
  const int64_t left = until_ms - clock_ms(CLOCK_MONOTONIC);
  struct pollfd wanted = {wire, what, 0};
  return left > 0 && poll(&wanted, 1, (int)left) == 1;
}

static bool dial(const struct addrinfo *address, int64_t until_ms) {
  int fault = 0;
  socklen_t size = sizeof fault;
  wire = socket(address->ai_family, SOCK_STREAM, 0);
  if (wire < 0 || fcntl(wire, F_SETFL, O_NONBLOCK) != 0) return false;
  if (connect(wire, address->ai_addr, address->ai_addrlen) == 0) return true;
  return errno == EINPROGRESS && wait_for(POLLOUT, until_ms) && getsockopt(wire, SOL_SOCKET, SO_ERROR, &fault, &size) == 0 && fault == 0;
}

static bool dial_any(const char *host, uint16_t port, int64_t until_ms) {
  const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
  struct addrinfo *all = NULL;
  char service[PORT_BYTES];
  bool connected = false;
  snprintf(service, sizeof service, "%u", (unsigned)port);
  if (getaddrinfo(host, service, &hints, &all) != 0) return false;
  for (const struct addrinfo *one = all; one != NULL && !connected; one = one->ai_next) {
    platform_close();
    connected = dial(one, until_ms);
  }
  freeaddrinfo(all);
  return connected;
}

/* A name is checked as a name, an address as an address: each has its own place in a certificate. */
static bool expect(const char *host) {
  X509_VERIFY_PARAM *wanted = SSL_get0_param(tls);
  if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host) == 1) return true;
  return SSL_set1_host(tls, host) == 1 && SSL_set_tlsext_host_name(tls, host) == 1;
}

static bool prepare_tls(void) {
  if (context != NULL) return true;
  signal(SIGPIPE, SIG_IGN); /* a broken connection is an answer, not the end */
  context = SSL_CTX_new(TLS_client_method());
  if (context == NULL) return false;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 && SSL_CTX_load_verify_locations(context, authorities, NULL) == 1;
}

/* Whether TLS only waits for the wire; then until it is ready. */
static bool wait_as_told(int result, int64_t until_ms) {
  switch (SSL_get_error(tls, result)) {
    case SSL_ERROR_WANT_READ:
      return wait_for(POLLIN, until_ms);
    case SSL_ERROR_WANT_WRITE:
      return wait_for(POLLOUT, until_ms);
    default:
      return false;
  }
}

static bool shake_hands(const char *host, int64_t until_ms) {
  if (!prepare_tls() || (tls = SSL_new(context)) == NULL || SSL_set_fd(tls, wire) != 1 || !expect(host)) return false;
  for (;;) {
    ERR_clear_error();
    const int result = SSL_connect(tls);
    if (result == 1) return true;
    if (!wait_as_told(result, until_ms)) return false;
  }
}

bool platform_connect(const char *host, uint16_t port) {
  const int64_t until_ms = clock_ms(CLOCK_MONOTONIC) + CONNECT_MS;
  if (dial_any(host, port, until_ms) && (authorities == NULL || shake_hands(host, until_ms))) return true;
  platform_close();
  return false;
}

void platform_close(void) {
  if (tls != NULL) SSL_free(tls);
  tls = NULL;
  if (wire >= 0) close(wire);
  wire = -1;
}

/* How many bytes went; 0 when there was no room in time; -1 when the connection is broken. */
static int send_some(const uint8_t *bytes, size_t size, int64_t until_ms) {
  if (tls == NULL) {
    const ssize_t sent = send(wire, bytes, size, MSG_NOSIGNAL);
    if (sent >= 0) return (int)sent;
    return (errno == EAGAIN || errno == EINTR) && wait_for(POLLOUT, until_ms) ? 0 : -1;
  }
  ERR_clear_error();
  const int sent = SSL_write(tls, bytes, (int)size);
  if (sent > 0) return sent;
  return wait_as_told(sent, until_ms) ? 0 : -1;
}

bool platform_send(const uint8_t *bytes, size_t size) {
  const int64_t until_ms = clock_ms(CLOCK_MONOTONIC) + SEND_MS;
  while (size > 0) {
    const int sent = send_some(bytes, size, until_ms);
    if (sent < 0) return false;
    bytes += sent;
    size -= (size_t)sent;
  }
  return true;
}

int platform_receive(uint8_t *bytes, size_t room) {
  if (tls == NULL) {
    const ssize_t got = recv(wire, bytes, room, 0);
    if (got > 0) return (int)got;
    return got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
  }
  ERR_clear_error();
  const int got = SSL_read(tls, bytes, (int)room);
  if (got > 0) return got;
  const int why = SSL_get_error(tls, got);
  return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
}
