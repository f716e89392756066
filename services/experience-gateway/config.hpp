// SPDX-License-Identifier: Apache-2.0
// The gateway's settings, from the environment.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "branding.hpp"
#include "core/address_range.hpp"
#include "http/server.hpp"
#include "labels/fonts.hpp"
#include "labels/logo.hpp"
#include "service/settings.hpp"

namespace turnkey::gateway {

struct Config {
  service::Settings service;
  std::string http_address;  // TURNKEY_HTTP_ADDRESS, default 127.0.0.1
  int http_port = 0;         // TURNKEY_HTTP_PORT, default 0 = a free one
  int http_threads = 48;     // TURNKEY_HTTP_THREADS, 4..256; half may wait for one service, streams hold none
  // Event streams that may be open at once: TURNKEY_STREAMS, 100..200000, and TURNKEY_STREAMS_PER_ADDRESS,
  // 10..200000, of one client's address; each is a file descriptor and some KiB
  std::size_t streams = 20'000;
  std::size_t streams_per_address = 500;
  // TURNKEY_TRUSTED_PROXIES: addresses and ranges, with commas between, of the proxies in front, whose
  // X-Real-IP is the client's address; loopback by default
  std::vector<core::AddressRange> trusted_proxies = http::loopback();
  std::vector<std::string>
      public_origins;  // TURNKEY_PUBLIC_ORIGINS: "https://host[:port]" that pages come from
  std::vector<std::string>
      checked_prefixes;      // TURNKEY_CHECKED_PREFIXES: whose serials carry check characters
  std::string label_host;    // TURNKEY_LABEL_HOST: in the links of labels
  std::string product_name;  // TURNKEY_PRODUCT_NAME, default Turnkey
  std::string
      backup_metrics_file;    // TURNKEY_BACKUP_METRICS_FILE: what deploy/backup leaves; "" = not watched
  labels::Fonts label_fonts;  // from TURNKEY_LABEL_FONT_FOLDER, default that of Debian's fonts-dejavu-core
  // TURNKEY_BRANDING_DIR (logo, icons, a Bootstrap theme), TURNKEY_BRAND_COLOUR and TURNKEY_BRAND_HIGHLIGHT;
  // none of them by default
  Branding branding;
  std::optional<labels::Logo> label_logo;  // from TURNKEY_LABEL_LOGO_FILE, a PNG; none by default
};

// Throws service::ConfigError with every error.
Config read_config(service::ConfigReader in = service::ConfigReader());

}  // namespace turnkey::gateway
