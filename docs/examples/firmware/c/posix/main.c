/* SPDX-License-Identifier: Apache-2.0 */
/* The example on a computer: standard input is the button and the sensor, standard output the light.
 *
 *   turnkey-device HOST PORT DEVICE-ID ACCESS-KEY SECRET-FILE (CA-FILE | --bench)
 *
 * It takes lines: `press`; `report NAME NUMBER`; `quit`, as does the end of the input. `--bench`: without TLS, for the bench of
 * `device-simulator conformance firmware` alone.
 */
#define _POSIX_C_SOURCE 200809L
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "platform.h"
#include "posix.h"
#include "report.h"

enum { STEP_MS = 2, SECRET_BYTES = 80, LINE_BYTES = 128, REPORT_EVERY_MS = 10000, MOST_PORT = 65535 };
enum { HOST = 1, PORT, DEVICE_ID, ACCESS_KEY, SECRET_FILE, CA_FILE, WORDS };

static struct device device; /* about 4 KB: no stack of a chip would hold it */

static void on_command(const char *name, struct json payload) {
  (void)payload;
  printf("command %s\n", name);
}

static bool read_secret(const char *path, char *secret) {
  FILE *file = fopen(path, "r");
  if (file == NULL) return false;
  const bool read = fgets(secret, SECRET_BYTES, file) != NULL;
  fclose(file);
  if (read) secret[strcspn(secret, "\r\n")] = '\0';
  return read && secret[0] != '\0';
}

static void report(const char *name, int32_t value) {
  struct report report;
  report_begin(&report);
  report_number(&report, name, value);
  if (!device_report(&device, report_end(&report))) printf("too long\n");
}

/* False: quit. */
static bool do_line(const char *line) {
  char name[LINE_BYTES];
  int value;
  if (strcmp(line, "quit") == 0) return false;
  if (strcmp(line, "press") == 0)
    device_press(&device);
  else if (sscanf(line, "report %63[0-9a-zA-Z_-] %d", name, &value) == 2)
    report(name, value);
  else
    printf("press, report NAME NUMBER, or quit\n");
  return true;
}

/* What has been typed, line by line, while nothing waits for it. */
static bool do_input(void) {
  static char line[LINE_BYTES];
  static size_t size;
  struct pollfd input = {STDIN_FILENO, POLLIN, 0};
  while (poll(&input, 1, size == 0 ? STEP_MS : 0) == 1) {
    if (read(STDIN_FILENO, line + size, 1) != 1) return false;
    const bool end = line[size] == '\n';
    if (!end && size + 1 < sizeof line) {
      ++size;
      continue;
    }
    line[size] = '\0';
    size = 0;
    if (end && !do_line(line)) return false;
  }
  return true;
}

static void show_phase(void) {
  if (device.phase == DEVICE_ONLINE) printf("online\n");
  if (device.phase == DEVICE_AWAY)
    printf("away: %s %u, next try in %lu ms\n", device.refusal != 0 ? "refused" : "no connection", device.refusal, (unsigned long)device.pause_ms);
}

/* What has changed. */
static void show(void) {
  static uint32_t since_ms;
  static bool light, waits;
  if (device.since_ms != since_ms) show_phase();
  since_ms = device.since_ms;
  if (waits && device.ring.count == 0) printf("all taken\n");
  waits = device.ring.count > 0;
  if (device_light_on(&device) != light) printf("light %s\n", (light = !light) ? "on" : "off");
}

static void report_at_times(void) {
  static uint32_t last_ms;
  static int32_t reports;
  if (reports > 0 && platform_ms() - last_ms < REPORT_EVERY_MS) return;
  last_ms = platform_ms();
  report("uptime", reports++ * (REPORT_EVERY_MS / 1000));
}

int main(int argc, char **argv) {
  char secret[SECRET_BYTES];
  const int port = argc == WORDS ? atoi(argv[PORT]) : 0;
  if (port < 1 || port > MOST_PORT || !read_secret(argv[SECRET_FILE], secret)) {
    fprintf(stderr, "turnkey-device HOST PORT DEVICE-ID ACCESS-KEY SECRET-FILE (CA-FILE | --bench)\n");
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  posix_trust(strcmp(argv[CA_FILE], "--bench") == 0 ? NULL : argv[CA_FILE]);
  const struct device_settings settings = {argv[HOST], (uint16_t)port, argv[DEVICE_ID], argv[ACCESS_KEY], secret, on_command};
  device_begin(&device, &settings);
  while (do_input()) {
    device_step(&device);
    show();
    report_at_times();
  }
  platform_close();
  return 0;
}
